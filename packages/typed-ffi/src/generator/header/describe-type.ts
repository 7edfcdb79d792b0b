import type { CHeader, CType } from './c-type.ts';

/** Returns what a type is called in messages. */
export function describeType(type: CType, header: CHeader): string {
  switch (type.kind) {
    case 'scalar':
    case 'named':
      return type.name;
    case 'record':
      return header.records.get(type.key)?.cName ?? 'a struct without a name';
    case 'enum':
      return header.enums.get(type.key)?.cName ?? 'enum';
    case 'pointer': {
      if (type.to.kind === 'function') return 'a function pointer';
      const to = describeType(type.to, header);
      const constant = 'isConst' in type.to && type.to.isConst ? 'const ' : '';
      return `${constant}${to}${to.endsWith('*') ? '' : ' '}*`;
    }
    case 'array':
      return `${describeType(type.of, header)}[${type.bound}]`;
    case 'function':
      return 'a function';
    default:
      return type.text;
  }
}
