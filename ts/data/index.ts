/** Data: datasets, loaders, splits, readers. */
export {
  type ArrayField,
  type ArrayItem,
  type ArraySource,
  arrayDataset,
  type ItemPart,
  TensorDataset,
} from "./arrays.ts";
export { type Batched, type BatchOf, type Dataset, Subset, split } from "./dataset.ts";
export { type IdxArray, readIdx } from "./idx.ts";
export { DataLoader, type DataLoaderOptions } from "./loader.ts";
