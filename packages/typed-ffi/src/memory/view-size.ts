/** Calls a getter of a prototype on any value; what a subclass or an own property says is not asked. */
function getterOf<Value>(prototype: object, key: string | symbol): (value: unknown) => Value {
  const getter = Object.getOwnPropertyDescriptor(prototype, key)?.get;
  if (getter === undefined)
    throw new TypeError(`Cannot read '${String(key)}': the prototype has no such getter`);
  return Function.prototype.call.bind(getter) as (value: unknown) => Value;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** The name of the constructor of a typed array, by what it is; undefined for anything else. */
export const typedArrayName: (value: unknown) => string | undefined = getterOf(
  typedArray,
  Symbol.toStringTag,
);

/** The number of elements that a typed array really has. */
export const typedArrayLength: (value: unknown) => number = getterOf(typedArray, 'length');

const arrayBytes = getterOf<number>(typedArray, 'byteLength');
const arrayOffset = getterOf<number>(typedArray, 'byteOffset');
const arrayBuffer = getterOf<ArrayBufferLike>(typedArray, 'buffer');
const viewBytes = getterOf<number>(DataView.prototype, 'byteLength');
const viewOffset = getterOf<number>(DataView.prototype, 'byteOffset');
const viewBuffer = getterOf<ArrayBufferLike>(DataView.prototype, 'buffer');

/** The number of bytes that a typed array or DataView really has. */
export function viewSizeBytes(view: ArrayBufferView): number {
  return typedArrayName(view) === undefined ? viewBytes(view) : arrayBytes(view);
}

/** Where a typed array or DataView really lies. */
export function viewPlace(view: ArrayBufferView): {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
  readonly sizeBytes: number;
} {
  return typedArrayName(view) === undefined
    ? { buffer: viewBuffer(view), start: viewOffset(view), sizeBytes: viewBytes(view) }
    : { buffer: arrayBuffer(view), start: arrayOffset(view), sizeBytes: arrayBytes(view) };
}
