; The Windows installer: for one person, without an administrator. build.py calls
;   makensis -DFOLDER=... -DVERSION=0.1.0 -DNUMBERS=0.1.0.0 -DICON=... -DOUTPUT=... flashdesk.nsi
; -DSIGN=COMMAND: what signs a file whose name follows. -DTARGET=amd64-unicode where makensis has
; it (Debian's); the one for Windows makes 32-bit installers, which install the same.
;
;   setup.exe                asks for the folder
;   setup.exe /S             asks nothing; /D=FOLDER, as the last word and without quotes
; Status: 0 installed, 1 cancelled, 2 not all could be written, 3 Flashdesk runs and was left alone,
; 4 this Windows is too old. Settings, logs and records are the person's: uninstalling leaves them.

!ifdef TARGET
Target ${TARGET}
!endif
Unicode true
SetCompressor /SOLID lzma
SetCompressorDictSize 32
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh

Name "Flashdesk"
OutFile "${OUTPUT}"
RequestExecutionLevel user
ManifestSupportedOS all
ManifestDPIAware true
BrandingText "Flashdesk ${VERSION}"
AllowSkipFiles off
InstallDir "$LOCALAPPDATA\Programs\Flashdesk"
; Who chose a folder gets the next version there, too.
InstallDirRegKey HKCU "Software\Flashdesk" "InstallDir"

!define PROGID "Flashdesk.Firmware"
!define CLASSES "Software\Classes"
!define APPLICATION "${CLASSES}\Applications\flashdeskw.exe"
!define APP_PATHS "Software\Microsoft\Windows\CurrentVersion\App Paths"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Flashdesk"
!define RUNS 3
!define TOO_OLD 4

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey CompanyName "Flashdesk"
VIAddVersionKey ProductName "Flashdesk"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileDescription "Flashdesk installer"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "Apache License 2.0"
!ifdef SIGN
!finalize '${SIGN} "%1"' = 0
!uninstfinalize '${SIGN} "%1"' = 0
!endif

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\flashdeskw.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString RUNNING ${LANG_ENGLISH} "Flashdesk is running. A device may be in the middle of an \
update: let it finish, close Flashdesk, then press Retry."
LangString RUNNING ${LANG_GERMAN} "Flashdesk läuft. Vielleicht wird gerade ein Gerät \
aktualisiert: Warten Sie das ab, schließen Sie Flashdesk und klicken Sie dann auf Wiederholen."
LangString RUNNING ${LANG_SIMPCHINESE} "Flashdesk 正在运行，可能正在更新设备：\
请等待更新完成，关闭 Flashdesk，然后按“重试”。"
LangString OLD ${LANG_ENGLISH} "Flashdesk needs Windows 10 or later."
LangString OLD ${LANG_GERMAN} "Flashdesk braucht Windows 10 oder neuer."
LangString OLD ${LANG_SIMPCHINESE} "Flashdesk 需要 Windows 10 或更高版本。"
LangString FIRMWARE ${LANG_ENGLISH} "Firmware for a device"
LangString FIRMWARE ${LANG_GERMAN} "Firmware für ein Gerät"
LangString FIRMWARE ${LANG_SIMPCHINESE} "设备固件"

; A program that runs cannot be opened to be written. It is never ended from here.
!macro WAIT_UNTIL_CLOSED PREFIX
Function ${PREFIX}WaitUntilClosed
  again:
  ${For} $1 1 2
    ${If} $1 == 1
      StrCpy $2 "$INSTDIR\flashdesk.exe"
    ${Else}
      StrCpy $2 "$INSTDIR\flashdeskw.exe"
    ${EndIf}
    ${If} ${FileExists} $2
      ClearErrors
      FileOpen $0 $2 a
      ${If} ${Errors}
        MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" /SD IDCANCEL IDRETRY again
        SetErrorLevel ${RUNS}
        Quit
      ${EndIf}
      FileClose $0
    ${EndIf}
  ${Next}
FunctionEnd
!macroend
!insertmacro WAIT_UNTIL_CLOSED ""
!insertmacro WAIT_UNTIL_CLOSED "un."

!macro FILE_TYPES DO
  !insertmacro ${DO} ".bin"
  !insertmacro ${DO} ".hex"
  !insertmacro ${DO} ".zip"
!macroend

; An entry under "Open with"; whatever opens the type so far goes on doing so.
!macro OFFER TYPE
  WriteRegStr HKCU "${CLASSES}\${TYPE}\OpenWithProgids" "${PROGID}" ""
  WriteRegStr HKCU "${APPLICATION}\SupportedTypes" "${TYPE}" ""
!macroend

!macro WITHDRAW TYPE
  DeleteRegValue HKCU "${CLASSES}\${TYPE}\OpenWithProgids" "${PROGID}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${TYPE}\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${TYPE}"
!macroend

Function .onInit
  SetRegView 64
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(OLD)" /SD IDOK
    SetErrorLevel ${TOO_OLD}
    Quit
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
FunctionEnd

; Nothing of the version before is touched until all of the new one is on the disk.
Function .onInstFailed
  SetOutPath "$TEMP"
  RMDir /r "$INSTDIR\_new"
  RMDir "$INSTDIR"
FunctionEnd

Section
  Call WaitUntilClosed
  RMDir /r "$INSTDIR\_new"
  SetOutPath "$INSTDIR\_new"
  File /r "${FOLDER}/*.*"
  SetOutPath "$INSTDIR"
  Call WaitUntilClosed
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\flashdesk.exe"
  Delete "$INSTDIR\flashdeskw.exe"
  ClearErrors
  Rename "$INSTDIR\_new\_internal" "$INSTDIR\_internal"
  Rename "$INSTDIR\_new\flashdesk.exe" "$INSTDIR\flashdesk.exe"
  Rename "$INSTDIR\_new\flashdeskw.exe" "$INSTDIR\flashdeskw.exe"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort
  ${EndIf}
  RMDir "$INSTDIR\_new"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateShortcut "$SMPROGRAMS\Flashdesk.lnk" "$INSTDIR\flashdeskw.exe"
  WriteRegStr HKCU "Software\Flashdesk" "InstallDir" "$INSTDIR"
  ; Windows' "Run" finds both by name.
  WriteRegStr HKCU "${APP_PATHS}\flashdesk.exe" "" "$INSTDIR\flashdesk.exe"
  WriteRegStr HKCU "${APP_PATHS}\flashdeskw.exe" "" "$INSTDIR\flashdeskw.exe"

  WriteRegStr HKCU "${CLASSES}\${PROGID}" "" "$(FIRMWARE)"
  WriteRegStr HKCU "${CLASSES}\${PROGID}\DefaultIcon" "" "$INSTDIR\flashdeskw.exe,0"
  WriteRegStr HKCU "${CLASSES}\${PROGID}\shell\open\command" "" '"$INSTDIR\flashdeskw.exe" "%1"'
  WriteRegStr HKCU "${APPLICATION}" "FriendlyAppName" "Flashdesk"
  WriteRegStr HKCU "${APPLICATION}\shell\open\command" "" '"$INSTDIR\flashdeskw.exe" "%1"'
  !insertmacro FILE_TYPES OFFER
  ${RefreshShellIcons}

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Flashdesk"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\flashdeskw.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Flashdesk"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section Uninstall
  Call un.WaitUntilClosed
  SetOutPath "$TEMP"
  ; By name: the folder may hold what is not ours.
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\_new"
  Delete "$INSTDIR\flashdesk.exe"
  Delete "$INSTDIR\flashdeskw.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Flashdesk.lnk"
  !insertmacro FILE_TYPES WITHDRAW
  DeleteRegKey HKCU "${CLASSES}\${PROGID}"
  DeleteRegKey HKCU "${APPLICATION}"
  DeleteRegKey HKCU "${APP_PATHS}\flashdesk.exe"
  DeleteRegKey HKCU "${APP_PATHS}\flashdeskw.exe"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegValue HKCU "Software\Flashdesk" "InstallDir"
  DeleteRegKey /ifempty HKCU "Software\Flashdesk"
  ${RefreshShellIcons}
SectionEnd
