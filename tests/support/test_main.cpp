// SPDX-License-Identifier: GPL-3.0-or-later
#if __has_include(<catch2/catch_all.hpp>)
// Catch2 v3 brings main() with its library.
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
