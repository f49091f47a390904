/* python.exe, as python.org's: everything is in python313.dll. */
#include <wchar.h>

int Py_Main(int count, wchar_t **arguments);

int wmain(int count, wchar_t **arguments) { return Py_Main(count, arguments); }
