package eval_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// TestExamples runs the example of every code: it gives that code, and no other.
func TestExamples(t *testing.T) {
	for _, entry := range diag.Codes {
		if entry.Example == "" || entry.Code.Group() == "syntax" {
			continue
		}
		t.Run(string(entry.Code), func(t *testing.T) {
			p, found := eval.Load("example.vn", files{"example.vn": entry.Example}.read, stdlib.FS, steps)
			found = append(found, p.Check(eval.Options{})...)
			if len(found) == 0 {
				t.Fatal("the example gives no error")
			}
			for _, d := range found {
				if d.Code != entry.Code {
					t.Errorf("the example gives %s too:\n%s", d.Code, render(diag.List{d}))
				}
				if !d.At.Known() {
					t.Errorf("no place: %s", d.Summary)
				}
			}
		})
	}
}

// TestCodes compares the codes that the evaluator reports with those of the table, in both directions.
func TestCodes(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"((?:name|call|type|unit|shape|limit|parameter|data|train|import|internal)/[a-z]+)"`)
	var used []string
	for _, name := range names {
		if regexp.MustCompile(`_test\.go$`).MatchString(name) {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			used = append(used, m[1])
		}
	}
	for _, group := range []string{"data", "train"} { // put together where settings are read
		for _, what := range []string{"missing", "setting", "value"} {
			used = append(used, group+"/"+what)
		}
	}
	for _, code := range used {
		if _, ok := diag.Lookup(diag.Code(code)); !ok {
			t.Errorf("%s is reported, but the table does not have it", code)
		}
	}
	for _, entry := range diag.Codes {
		if entry.Code.Group() != "syntax" && !slices.Contains(used, string(entry.Code)) {
			t.Errorf("%s is in the table, but nothing reports it", entry.Code)
		}
	}
}
