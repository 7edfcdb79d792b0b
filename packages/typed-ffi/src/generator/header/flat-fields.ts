import type { CField, CRecord } from './c-type.ts';

/**
 * Returns the members of a record, with those of its anonymous structs in their places.
 * An anonymous union stays one member without a name.
 */
export function flatFields(
  record: CRecord,
  records: ReadonlyMap<string, CRecord>,
): readonly CField[] {
  return (record.fields ?? []).flatMap((field) => {
    if (field.name !== '' || field.bits !== '' || field.type.kind !== 'record') return [field];
    const inner = records.get(field.type.key);
    return inner === undefined || inner.isUnion ? [field] : flatFields(inner, records);
  });
}
