/* cfgmgr32.dll with what Wine 8's lacks: pyserial looks CM_MapCrToWin32Err up as it is imported.
   The rest is setupapi's (cfgmgr32.def), as in Wine itself. */
int DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }

unsigned CM_MapCrToWin32Err(unsigned answer, unsigned otherwise) { return answer ? otherwise : 0; }
