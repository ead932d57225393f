/* Capabilities in the user namespace of a cell. */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

/* Gives up all of them, for good: also those that a program could get by executing a file. */
void capabilities_drop(void);

#endif
