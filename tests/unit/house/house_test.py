#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks each rule of the house in a scratch tree and expects house.py to say so."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import house  # noqa: E402

GPL = "// SPDX-License-Identifier: GPL-3.0-or-later\n"
MPL = "// SPDX-License-Identifier: MPL-2.0\n"


class Scratch(unittest.TestCase):
    """A small tree to break rules in."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        self.write("config/a.hpp", GPL)
        self.write("jack_client/dsp/b.hpp", MPL)
        self.write("osc/server.hpp", GPL)
        self.write("osc/wire/packet.hpp", MPL)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def complaints(self, check, path, text):
        self.assertEqual(list(house.CHECKS[check](self.root)), [])
        self.write(path, text)
        found = list(house.CHECKS[check](self.root))
        (self.root / path).unlink()
        return found

    def assert_broken(self, check, path, text, expected):
        found = self.complaints(check, path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}"), found)
        self.assertIn(expected, found[0])

    def assert_fine(self, check, path, text):
        self.assertEqual(self.complaints(check, path, text), [])


class HouseTest(Scratch):
    def test_licences(self):
        self.assert_broken("licences", "config/x.cpp", "int x;\n", "GPL")
        self.assert_broken("licences", "config/x.cpp", MPL, "GPL")
        self.assert_broken("licences", "osc/wire/x.cpp", GPL, "MPL")
        self.assert_broken("licences", "config/CMakeLists.txt", GPL, "# SPDX")
        self.assert_broken("licences", "man/x.py", "#!/usr/bin/env python3\n", "# SPDX")
        self.assert_fine("licences", "man/x.py", "#!/usr/bin/python3\n#" + GPL[2:])
        self.assert_fine("licences", "presets/x.yaml", "a: b\n")

    def test_includes_never_run_upwards(self):
        up = "stands above"
        self.assert_broken("includes", "config/x.cpp", '#include "jack_client/dsp/b.hpp"\n', up)
        self.assert_broken("includes", "jack_client/engine/x.cpp", '#include "osc/server.hpp"\n', up)
        self.assert_broken("includes", "osc/wire/x.cpp", '#include "osc/server.hpp"\n', "alone")
        self.assert_broken("includes", "jack_client/dsp/x.cpp", '#include "config/a.hpp"\n', "alone")
        self.assert_broken("includes", "config/x.cpp", ' # include "a.hpp"\n', "from the root")
        self.assert_fine("includes", "osc/x.cpp", '#include "osc/wire/packet.hpp"\n')
        self.assert_fine("includes", "jack_client/engine/x.cpp", '#include "config/a.hpp"\n')
        self.assert_fine("includes", "tests/x.cpp", '#include "osc/server.hpp"\n')

    def test_libraries_stay_where_they_belong(self):
        self.assert_broken("includes", "jack_client/graph/x.cpp", "#include <jack/jack.h>\n", "only")
        self.assert_broken("includes", "osc/x.cpp", "#include <lo/lo.h>\n", "only")
        self.assert_broken("includes", "jack_client/app/x.cpp", "#include <yaml-cpp/yaml.h>\n", "on")
        self.assert_fine("includes", "jack_client/jack/x.cpp", "#include <jack/jack.h>\n")
        self.assert_fine("includes", "config/x.cpp", "#include <vector>\n#include <yaml-cpp/y.h>\n")

    def test_lengths(self):
        self.assert_broken("lengths", "config/x.cpp", "\n" * 401, "401 lines")
        self.assert_fine("lengths", "config/x.cpp", "\n" * 400)

    def test_test_names(self):
        case = GPL + 'TEST_CASE("one%s two") {\n'
        self.assert_broken("test_names", "tests/x.cpp", case % ";", "semicolon")
        self.assert_fine("test_names", "tests/x.cpp", case % ",")


class FormatTest(Scratch):
    def test_format(self):
        self.assert_broken("format", "config/x.cpp", GPL + "int   x;\n", "clang-format")
        self.assert_fine("format", "config/x.cpp", GPL + "int x;\n")


if __name__ == "__main__":
    unittest.main()
