/** `hebb/audio`: what stands between a sound file and a tensor, and back. */
export { resample } from "./resample.ts";
export { type DecodeAudioOptions, decodeAudio, type Sound } from "./sound.ts";
export { hann, istft, type Spectrum, type SpectrumOptions, stft } from "./spectrum.ts";
export { type EncodeWavOptions, encodeWav } from "./wav.ts";
