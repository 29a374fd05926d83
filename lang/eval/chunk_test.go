package eval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// expectation is what a comment says of its line: //! shape/concat "left3", the code and the text that is blamed.
var expectation = regexp.MustCompile(`//! ([a-z]+/[a-z]+) "((?:[^"\\]|\\.)*)"`)

// TestChunks runs the programs of testdata, which are parted by lines of ---. Each must give the diagnostics that its
// comments say, each on its line and at its text, and no others.
func TestChunks(t *testing.T) {
	names, err := filepath.Glob("testdata/*.vn")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data: ", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		line := 1
		for _, chunk := range strings.Split(string(text), "\n---\n") {
			at := fmt.Sprintf("%s:%d", filepath.Base(name), line)
			t.Run(at, func(t *testing.T) { runChunk(t, at, chunk) })
			line += strings.Count(chunk, "\n") + 2
		}
	}
}

func runChunk(t *testing.T, name, text string) {
	p, found := eval.Load(name, files{name: text}.read, stdlib.FS, steps)
	found = append(found, p.Check(eval.Options{})...)
	want := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		for _, m := range expectation.FindAllStringSubmatch(line, -1) {
			want[fmt.Sprintf("%d %s %s", i+1, m[1], strings.ReplaceAll(m[2], `\"`, `"`))]++
		}
	}
	for _, d := range found {
		key := fmt.Sprintf("%d %s %s", d.At.Position().Line, d.Code, d.At.Text())
		if want[key]--; want[key] < 0 {
			t.Errorf("not expected: %.300s at `%.60s`", d.Error(), d.At.Text())
		}
	}
	for key, n := range want {
		if n > 0 {
			t.Errorf("expected, but not reported: %s", key)
		}
	}
}
