# SPDX-License-Identifier: MPL-2.0
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)
find_dependency(tl-expected)
pkg_check_modules(LIBLO REQUIRED IMPORTED_TARGET liblo)
include(${CMAKE_CURRENT_LIST_DIR}/headroom-osc-client-targets.cmake)
