import { writeFileSync } from 'node:fs';
import { configurationPage } from '../src/config/documentation.ts';

/** `npm run docs`: generates documentation from the sources. A test fails if the checked-in files differ. */
writeFileSync('docs/configuration.md', configurationPage());
