# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -D HEADROOM=program -D PRESETS=folder -D IN=page.in -D OUT=page -P fill.cmake
# Fills the parameters of the registry, the OSC commands and the built-in profiles into a manual page.
execute_process(COMMAND ${HEADROOM} params --man
    OUTPUT_VARIABLE PARAMETERS OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${HEADROOM} params --man-osc
    OUTPUT_VARIABLE ADDRESSES OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${HEADROOM} params --man-commands
    OUTPUT_VARIABLE COMMANDS OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

set(PROFILES ".Bl -tag -width Ds")
file(GLOB files ${PRESETS}/*.yaml)
foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    file(STRINGS ${file} description REGEX "^description: ")
    string(REGEX REPLACE "^description: " "" description "${description}")
    string(APPEND PROFILES "\n.It Cm ${name}\n${description}")
endforeach()
string(APPEND PROFILES "\n.El")

configure_file(${IN} ${OUT} @ONLY)
