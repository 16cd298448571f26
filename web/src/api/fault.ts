// What went wrong with a request, in words and by field.

export interface FieldFault {
  field: string;
  message: string;
}

/** A request that was refused, or did not arrive (status 0). */
export class ApiFault extends Error {
  override readonly name = "ApiFault";

  constructor(
    readonly status: number,
    message: string,
    readonly fields: readonly FieldFault[] = [],
  ) {
    super(message);
  }

  of(field: string): string | undefined {
    return this.fields.find((fault) => fault.field === field)?.message;
  }
}

/** Reads an answer's body: `detail` is a text, or a list of what is wrong with which field. */
export function faultOf(status: number, body: unknown): ApiFault {
  const detail = typeof body === "object" && body !== null && "detail" in body ? body.detail : undefined;
  if (typeof detail === "string") return new ApiFault(status, detail);
  if (!Array.isArray(detail)) return new ApiFault(status, `HTTP ${status}`);
  const fields = detail.map((fault: { loc?: unknown[]; msg?: string }) => ({
    field: String(fault.loc?.at(-1) ?? ""),
    message: fault.msg ?? "",
  }));
  return new ApiFault(status, fields.map((fault) => `${fault.field}: ${fault.message}`).join("; "), fields);
}
