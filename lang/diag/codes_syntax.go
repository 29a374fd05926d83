package diag

import "strings"

func init() {
	add(
		Entry{"syntax/size", "the file is too large to be a program",
			"A `.vn` file has at most 256 KiB. A larger one is a volume, or a file of weights, given by mistake.", ""},
		Entry{"syntax/encoding", "the text is not UTF-8",
			"A `.vn` file is text in UTF-8 without NUL bytes. Save it as such.", ""},
		Entry{"syntax/character", "a character is no part of the language",
			"Outside of strings and comments, a program is written in ASCII: letters, digits and the signs of the language.",
			"block scale(x) {\n    return x × 2\n}"},
		Entry{"syntax/foreign", "a sign of another language stands for one of this",
			"The logical operators are the words `and`, `or` and `not`, a power is `^`, a comment begins with `//`, strings " +
				"stand in double quotes, statements end without `;`, and a name is bound again instead of changed by `+=`.",
			"block f(x, last: bool, wide: bool) {\n    if last && wide { x = x * 2 }\n    return x\n}"},
		Entry{"syntax/string", "a string does not end on its line",
			"A string begins and ends with `\"` on one line. A line end inside it is written `\\n`, a quote `\\\"`.",
			"data Prostate {\n    image = \"*.mhd\n}"},
		Entry{"syntax/escape", "a backslash in a string is followed by what it cannot stand before",
			"A string knows `\\\"`, `\\\\`, `\\n` and `\\t`. A path is written with `/` on every system.",
			"data Prostate {\n    image = \"scans\\*.mhd\"\n}"},
		Entry{"syntax/number", "a number cannot be read",
			"A number is decimal digits, maybe with a point between digits, an exponent, and a unit directly behind it: " +
				"`30000`, `0.1`, `1e-4`, `1.5mm`. An int has 64 bits.",
			"iterations = 30_000"},
		Entry{"syntax/nesting", "a program is nested too deep",
			"At most 100 brackets may stand inside each other, and at most 1000 operations may hang on each other. Give parts " +
				"of the expression names of their own.",
			"a = " + strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101)},
		Entry{"syntax/bracket", "a closing bracket closes nothing, or another bracket than the open one",
			"Brackets close in the opposite order in which they open: `(` by `)`, `[` by `]`, `{` by `}`.",
			"block f(x) {\n    return conv(x]\n}"},
		Entry{"syntax/unclosed", "a bracket is not closed",
			"The place is where the bracket was missed: before a statement that cannot stand inside of it, or at the end of " +
				"the declaration. A note says where it was opened.",
			"block f(x) {\n    h = conv(x, 16\n    return h\n}"},
		Entry{"syntax/expected", "something is missing behind a sign or a word",
			"An operator needs a value on both sides, a comma needs an element behind it, and keywords need a name or a " +
				"value. There is no comma behind the last element of a list.",
			"block f(x) {\n    return conv(x, )\n}"},
		Entry{"syntax/separator", "a comma or an operator is missing between two values",
			"The elements of brackets are separated by commas. Two values beside each other have an operator between them; a " +
				"unit stands directly behind its number.",
			"data Prostate {\n    spacing = [1mm, 1mm 1.5mm]\n}"},
		Entry{"syntax/assignment", "`=`, `==` and `:` are mixed up, or the `=` is missing",
			"`=` binds a name to a value, `==` compares two values, `:` names an argument in brackets. Only a name can be " +
				"bound: values do not change.",
			"block f(x) {\n    return conv(x, channels = 16)\n}"},
		Entry{"syntax/keyword", "a word stands where a keyword should",
			"Declarations begin with `model`, `block`, `data`, `train` or `name =`; statements with `stage`, `for`, `if`, " +
				"`require`, `return`, `name =`, or are a call.",
			"modle VNet(image) {\n    return image\n}"},
		Entry{"syntax/reserved", "a keyword stands where a name or a value should",
			"The keywords are no names: model, block, data, train, stage, for, in, if, else, require, return, import, as, on, " +
				"true, false, and, or, not. Only before the `:` of an argument may they be one.",
			"block f(x) {\n    stage in = x\n    return x\n}"},
		Entry{"syntax/body", "the braces of a body are missing",
			"The body of a declaration, a loop or a branch stands in braces. Indentation means nothing.",
			"block f(x, wide: bool) {\n    if wide:\n        x = x * 2\n    return x\n}"},
		Entry{"syntax/statement", "a value stands where a statement should",
			"A statement binds a value to a name, returns it, or calls a block for its effect, as `update(s, v)`. An " +
				"expression alone would compute something that nobody sees.",
			"block f(x) {\n    x |> conv(channels: 16)\n    return x\n}"},
		Entry{"syntax/place", "a statement or a declaration stands where it cannot",
			"Declarations stand beside each other at the top of a file, statements in the body of a block or a model, and " +
				"`data` and `train` hold settings alone. A brace too many or too few is a usual cause.",
			"block f(x) {\n    return x\n}\nstage left = f(1)"},
		Entry{"syntax/comparison", "comparisons or ranges are chained",
			"A comparison has two sides and a range two ends; `a < b < c` is written `a < b and b < c`.",
			"block f(x, n: int) {\n    require 0 < n < 9, \"n is one digit\"\n    return x\n}"},
		Entry{"syntax/pipe", "an operator follows a pipe",
			"`|>` binds looser than every operator, so that `a + b |> f` pipes the sum. What is done to the result of a pipe " +
				"needs brackets around the pipe.",
			"block f(x) {\n    return x |> conv(channels: 16) + x\n}"},
		Entry{"syntax/argument", "what stands before the `:` of an argument is no name",
			"An argument is a value or `name: value`, an element of a list likewise.",
			"a = conv(x, \"channels\": 16)"},
		Entry{"syntax/call", "something else than a name is called",
			"A call is a name, or a name of an imported file, and its arguments in brackets. A value that is a block gets a " +
				"name first.",
			"a = sgd(rate: 0.1)(w, g)"},
		Entry{"syntax/else", "a branch without a condition is not the last one",
			"An `if` has one branch without a condition at most, and it is the last.",
			"block f(x, n: int) {\n    if n == 1 { x = x + 1 } else { x = x + 2 } else if n == 2 { x = x + 3 }\n    return x\n}"},
		Entry{"syntax/type", "the type of a parameter does not exist",
			"The types are int, float, bool, string, list, block, tensor, and tensor[channel, x, y, z] with sizes. A " +
				"parameter without a type is a tensor.",
			"block f(x, width: integer) {\n    return x\n}"},
		Entry{"syntax/import", "an import stands below a declaration",
			"The imports of a file stand above its declarations.",
			"width = 16\nimport \"stages.vn\"\n\nblock f(x) {\n    return x |> stages.encoder(width)\n}"},
		Entry{"syntax/unexpected", "a sign stands where none of its kind can",
			"The text is no program at this place, and nothing more can be said of it.",
			"block f(x) {\n    return x : 3\n}"},
	)
}
