/* Settings of the kernel that are files. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

/* Writes the text in one call; anything else is fatal and names the file. */
void text_file_write(const char *path, const char *text);

#endif
