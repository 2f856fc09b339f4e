; The Windows setup: for one person, without an administrator; /S installs silently, /D=FOLDER elsewhere.
; makensis -DVERSION=… -DCONTENT=folder -DOUTPUT=file, run by packaging/build.py.
Target amd64-unicode
Unicode true
!include "MUI2.nsh"
!include "FileFunc.nsh"

Name "stepviz ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\stepviz"
InstallDirRegKey HKCU "Software\stepviz" "InstallFolder"
RequestExecutionLevel user
SetCompressor /SOLID lzma
BrandingText "stepviz"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "stepviz"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "stepviz setup"
VIAddVersionKey "LegalCopyright" "stepviz developers, MIT licence"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\stepviz"
!define PROGRAM '"$INSTDIR\python\pythonw.exe" -m stepviz --from-menu'
!define MUI_ICON "${CONTENT}\icons\stepviz.ico"
!define MUI_UNICON "${CONTENT}\icons\stepviz.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\python\pythonw.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "-m stepviz --from-menu"
!insertmacro MUI_PAGE_LICENSE "${CONTENT}\licences\README.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!macro FileType EXTENSION KIND
  WriteRegStr HKCU "Software\Classes\${EXTENSION}" "" "stepviz.${KIND}"
  WriteRegStr HKCU "Software\Classes\stepviz.${KIND}" "" "stepviz ${KIND}"
  WriteRegStr HKCU "Software\Classes\stepviz.${KIND}\DefaultIcon" "" "$INSTDIR\icons\application-x-stepviz-${KIND}.ico"
  WriteRegStr HKCU "Software\Classes\stepviz.${KIND}\shell\open\command" "" '${PROGRAM} "%1"'
!macroend

!macro RemoveFileType EXTENSION KIND
  ReadRegStr $0 HKCU "Software\Classes\${EXTENSION}" ""
  ${If} $0 == "stepviz.${KIND}"
    DeleteRegKey HKCU "Software\Classes\${EXTENSION}"
  ${EndIf}
  DeleteRegKey HKCU "Software\Classes\stepviz.${KIND}"
!macroend

!macro RemoveProgram
  RMDir /r "$INSTDIR\python"
  RMDir /r "$INSTDIR\site"
  RMDir /r "$INSTDIR\icons"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\stepviz.cmd"
!macroend

; A library that is in use cannot be opened for writing.
!macro StopIfOpen
  ${If} ${FileExists} "$INSTDIR\python\python312.dll"
    ClearErrors
    FileOpen $0 "$INSTDIR\python\python312.dll" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONSTOP "stepviz is still open. Close its window, then start again." /SD IDOK
      SetErrorLevel 3
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

!macro TellExplorer
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

Section
  !insertmacro StopIfOpen
  ; Of an older version nothing may be mixed with the new one.
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${CONTENT}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\stepviz.lnk" "$INSTDIR\python\pythonw.exe" "-m stepviz --from-menu" "$INSTDIR\icons\stepviz.ico"
  !insertmacro FileType ".stepviz" "experiment"
  !insertmacro FileType ".stepviz-session" "session"
  !insertmacro FileType ".stepviz-lesson" "lesson"
  !insertmacro FileType ".stepviz-class" "class"
  !insertmacro FileType ".stepviz-run" "recording"
  WriteRegStr HKCU "Software\stepviz" "InstallFolder" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "stepviz"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\icons\stepviz.ico"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "stepviz developers"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
  !insertmacro TellExplorer
SectionEnd

Section "Uninstall"
  !insertmacro StopIfOpen
  !insertmacro RemoveProgram
  Delete "$INSTDIR\uninstall.exe"
  ; Without /r: what the person put there stays.
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\stepviz.lnk"
  !insertmacro RemoveFileType ".stepviz" "experiment"
  !insertmacro RemoveFileType ".stepviz-session" "session"
  !insertmacro RemoveFileType ".stepviz-lesson" "lesson"
  !insertmacro RemoveFileType ".stepviz-class" "class"
  !insertmacro RemoveFileType ".stepviz-run" "recording"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\stepviz"
  !insertmacro TellExplorer
SectionEnd
