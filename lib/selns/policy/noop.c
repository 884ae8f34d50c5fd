/* Stands in the sandbox for the programs that libsemanage insists on running: it does nothing. */
int main(void) { return 0; }
