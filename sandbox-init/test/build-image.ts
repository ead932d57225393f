import { buildImageIfChanged } from './image.ts';

// Before files that would build it at the same time are run side by side.
buildImageIfChanged();
