/** The sliver of onnx-proto that is used; it is installed in this folder only. */
declare module 'onnx-proto' {
  export const onnx: {
    readonly TensorProto: { readonly DataType: { readonly FLOAT: number; readonly INT64: number } };
    readonly ModelProto: {
      create(properties: object): object;
      encode(message: object): { finish(): Uint8Array };
    };
  };
}
