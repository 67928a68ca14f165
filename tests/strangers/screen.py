# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the screen of a terminal after what a program has written to it."""
import re
import unicodedata

SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[()].|\x1b.|([\x00-\x1f])|(.)", re.DOTALL)


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """Knows the control sequences that headroom uses. A wide character fills two cells, the second
    of which is empty."""

    def __init__(self, text, rows=24, columns=80):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.last = " "
        self.scrolled = []
        for numbers, letter, control, character in SEQUENCE.findall(text):
            if letter:
                self.sequence([int(each) for each in re.findall(r"\d+", numbers)], letter)
            elif control:
                self.control(control)
            elif character:
                self.last = character
                self.put(character)

    def line_feed(self):
        self.row += 1
        if self.row == self.rows:
            self.row -= 1
            self.scrolled.append("".join(self.cells.pop(0)))
            self.cells.append([" "] * self.columns)

    def control(self, control):
        if control == "\n":
            self.line_feed()
        elif control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(0, self.column - 1)

    def put(self, character):
        cells = width(character)
        if self.column + cells > self.columns:
            self.column = 0
            self.line_feed()
        for i in range(cells):
            self.cells[self.row][self.column + i] = "" if i else character
        self.column += cells

    def sequence(self, numbers, letter):
        count = max(1, numbers[0]) if numbers else 1
        if letter == "A":
            self.row = max(0, self.row - count)
        elif letter == "B":
            self.row = min(self.rows - 1, self.row + count)
        elif letter in "Hf":
            self.row = min(self.rows, count) - 1
            self.column = min(self.columns, numbers[1] if len(numbers) > 1 else 1) - 1
        elif letter == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif letter == "d":
            self.row = min(self.rows, count) - 1
        elif letter == "X":
            self.cells[self.row][self.column:self.column + count] = \
                [" "] * min(count, self.columns - self.column)
        elif letter == "b":
            for _ in range(count):
                self.put(self.last)
        elif letter == "G":
            self.column = count - 1
        elif letter == "K":
            self.clear(self.row, self.column if numbers[:1] in ([], [0]) else 0)
        elif letter == "J":
            self.clear(self.row, 0 if numbers[:1] == [2] else self.column)
            for row in range(0 if numbers[:1] == [2] else self.row + 1, self.rows):
                self.clear(row, 0)

    def clear(self, row, column):
        self.cells[row][column:] = [" "] * (self.columns - column)

    def lines(self):
        """All that can be seen, what has scrolled away first."""
        return [line.rstrip() for line in self.scrolled] + \
            ["".join(row).rstrip() for row in self.cells]

    def text(self):
        """Lines that the terminal has wrapped are one."""
        full = [line + ("\n" if len(line) < self.columns else "") for line in self.lines()]
        return "".join(full)

    def column_of(self, row, wanted):
        """The cell in which a text of a row begins, or -1."""
        at = "".join(self.cells[row]).find(wanted)
        return -1 if at < 0 else sum(map(width, "".join(self.cells[row])[:at]))
