/* System V shared memory, semaphores and message queues. */
#ifndef IPC_H
#define IPC_H

/* Removes all of them in the sandbox, or ends the session with `reset_failed`. */
void ipc_remove_all(void);

#endif
