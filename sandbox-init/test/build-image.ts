// Builds the images once, before test files that need them run concurrently.
import './fork-image.ts';
