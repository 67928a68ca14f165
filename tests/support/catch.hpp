// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Debian 12 packages Catch2 v2, Debian 13 v3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Approx = Catch::Approx;
#else
#include <catch2/catch.hpp>
using Approx = Catch::Detail::Approx;
#endif
