package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConformance runs every chunk of testdata/<section>/*.vn.
func TestConformance(t *testing.T) {
	names, err := filepath.Glob("testdata/*/*.vn")
	if err != nil || len(names) < 40 {
		t.Fatalf("only %d files: %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all := chunks(strings.TrimPrefix(filepath.ToSlash(name), "testdata/"), string(text))
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				for _, w := range c.wants {
					if w.start < 0 && !strings.HasPrefix(c.mode, "file ") {
						t.Errorf("line %d: mark the text that %s points at with « and »", w.line, w.code)
					}
				}
				for _, problem := range c.run(files(all)) {
					t.Error(problem)
				}
			})
		}
	}
}

// TestHarness gives the harness chunks that are wrong about themselves, each of which it must report.
func TestHarness(t *testing.T) {
	const model = "model M(image: tensor[1, 4]) {\n    return image\n}\n"
	for _, c := range []struct{ mode, text, problem string }{
		{"", model, ""},
		{"", "a = 1 / 0", "not expected:\nerror[limit/number]"},
		{"", "a = «1 / 0»  //! limit/number \"by zero\"", ""},
		{"", "a = 1 / «0»  //! limit/number \"by zero\"", "is expected at `0`, but reported at `1 / 0`"},
		{"", "a = «1 / 0»  //! limit/number \"by one\"", "another message than expected"},
		{"", "a = «1 / 0»  //? limit/number \"by zero\"", "not expected"},
		{"", "a = «1 / 1»  //! limit/number \"by zero\"", "expected, but not reported: limit/number"},
		{"", "a = 1 + 1  // -> 2", ""},
		{"", "a = 1 + 1  // -> 3", "a is 2, not 3"},
		{"", "model M(image: tensor[1, 4]) {\n    return 2 * image  // -> [[0, 2, 4, 6]]\n}\n", ""},
		{"", "model M(image: tensor[1, 4]) {\n    return 2 * image  // -> [[0, 2, 4, 8]]\n}\n", "the model returns [[0, 2, 4, 6]]"},
		{"", model + "// outputs: image", ""},
		{"", model + "// outputs: output", "the outputs are image, not output"},
		{"session", "1 + 1  // -> 2", ""},
		{"session", "1 + 1  // -> 3", "the value is 2, not 3"},
		{"session", "2 * literal([1, 2])  // -> [2, 4]", ""},
		{"session", "2 * literal([1, 2])  // -> [2, 5]", "the value is [2, 4], not [2, 5]"},
		{"session", "// -> 3", "this line has no value"},
		{"session", "«wat»  //! name/unknown \"wat\"\n1 / 0", "not expected"},
		{"nothing", "", "no kind of chunk"},
	} {
		problems := newChunk("harness", c.mode, c.text).run(nil)
		switch {
		case c.problem == "" && len(problems) > 0:
			t.Errorf("%s\nis right, but: %s", c.text, problems)
		case c.problem != "" && (len(problems) == 0 || !strings.Contains(problems[0], c.problem)):
			t.Errorf("%s\nmust be reported with %q, but: %q", c.text, c.problem, problems)
		}
	}
}
