import { buildImageIfChanged } from './image.ts';

// Builds the image once, before test files that need it run concurrently.
buildImageIfChanged();
