/* Protects PID 1 from programs with the same uid. Called first. */
#ifndef HARDEN_H
#define HARDEN_H

/* Closes all descriptors but 0, 1 and 2. */
void harden_close_the_rest(void);

/* Exits unless it is PID 1. Makes the process not dumpable and ignores every signal but SIGCHLD. */
void harden_start(void);

/* A descriptor that is readable when a child has changed state. */
int harden_child_events(void);

/* Consumes that event. */
void harden_clear_child_events(void);

/* Makes the next child start with the highest oom_score_adj. The child then calls harden_lower_oom_score to restore the score of PID 1. */
void harden_raise_oom_score(void);
void harden_lower_oom_score(void);

/* Sets every signal of the calling process to this disposition. */
void harden_set_all_signals(void (*disposition)(int));

#endif
