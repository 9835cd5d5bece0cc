/** Packages without types of their own. */

declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" {
  const factory: import("./image-codecs.ts").CodecFactory<"JPEGDecoder">;
  export default factory;
}

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  const factory: import("./image-codecs.ts").CodecFactory<"J2KDecoder">;
  export default factory;
}
