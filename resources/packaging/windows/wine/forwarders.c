/* python3.dll, which is nothing but forwarders to python313.dll (windows_python.py lists them). */
int DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }
