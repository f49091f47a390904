/* bcryptprimitives.dll, which Wine 8 lacks: Rust's standard library, and so `cryptography`, asks
   it for random bytes. SystemFunction036 is advapi32's RtlGenRandom. */
__declspec(dllimport) unsigned char SystemFunction036(void *bytes, unsigned long count);

int DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }

__declspec(dllexport) int ProcessPrng(void *bytes, unsigned long long count)
{
	return SystemFunction036(bytes, (unsigned long)count);
}
