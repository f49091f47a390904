/* icuuc.dll, which every Windows since 10 (1903) has and Wine does not.

   Qt6Core asks it for text codecs beyond Qt's own. Here none can be opened, and Qt goes on with
   its own. It belongs into Wine's system32 only: beside the program it would stand in the way of
   Windows' own. */
#define GIVEN __declspec(dllexport)
#define MISSING 4 /* U_FILE_ACCESS_ERROR */

int DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }

GIVEN void *ucnv_open(const char *name, int *error) { if (error) *error = MISSING; return 0; }
GIVEN int ucnv_countAvailable(void) { return 0; }
GIVEN const char *ucnv_getAvailableName(int number) { return 0; }
GIVEN const char *ucnv_getStandardName(const char *name, const char *standard, int *error)
{
	if (error) *error = MISSING;
	return 0;
}
GIVEN const char *ucnv_getName(void *converter, int *error) { if (error) *error = MISSING; return 0; }
GIVEN signed char ucnv_getMaxCharSize(void *converter) { return 1; }

/* Nobody has a converter to call these with. */
#define NEVER_CALLED(name) GIVEN void name(void) {}
NEVER_CALLED(ucnv_close)
NEVER_CALLED(ucnv_reset)
NEVER_CALLED(ucnv_toUnicode)
NEVER_CALLED(ucnv_fromUnicode)
NEVER_CALLED(ucnv_toUCountPending)
NEVER_CALLED(ucnv_fromUCountPending)
NEVER_CALLED(ucnv_getToUCallBack)
NEVER_CALLED(ucnv_getFromUCallBack)
NEVER_CALLED(ucnv_setToUCallBack)
NEVER_CALLED(ucnv_setFromUCallBack)
NEVER_CALLED(ucnv_cbToUWriteUChars)
NEVER_CALLED(ucnv_cbFromUWriteUChars)
NEVER_CALLED(UCNV_TO_U_CALLBACK_SUBSTITUTE)
NEVER_CALLED(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
