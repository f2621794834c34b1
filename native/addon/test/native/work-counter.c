/* To be compiled without the flag of the code that is counted. */
unsigned long work;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	work++;
}
