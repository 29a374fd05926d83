package spec

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
	"github.com/vnlang/vn/workbench"
)

// load reads a program from texts by name.
func load(path string, texts map[string]string) (*eval.Program, diag.List) {
	read := func(name string) (string, error) {
		if text, ok := texts[name]; ok {
			return text, nil
		}
		return "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return eval.Load(path, read, stdlib.FS, workbench.StepKinds)
}

// run runs a chunk and returns what is wrong. The texts are those that it may import.
func (c chunk) run(texts map[string]string) []string {
	switch {
	case c.mode == "session":
		return c.runScript(texts)
	case c.mode == "":
		return c.runProgram(texts)
	case strings.HasPrefix(c.mode, "file "):
		return nil // it is run where it is imported
	}
	return []string{fmt.Sprintf("%q is no kind of chunk", c.mode)}
}

// runProgram checks a program as vnc check does. One that is right is compiled for both its plans, and its values are
// compared with what its comments say.
func (c chunk) runProgram(texts map[string]string) []string {
	const path = "example.vn"
	all := map[string]string{path: c.text}
	for name, text := range texts {
		all[name] = text
	}
	p, found := load(path, all)
	found = append(found, p.Check(eval.Options{})...)
	if problems := c.compare(found); len(problems) > 0 || found.HasErrors() {
		return problems
	}
	var problems []string
	for _, model := range p.Models() {
		problems = append(problems, c.compile(p, model)...)
	}
	return append(problems, c.constants(p)...)
}

// compile compiles a model and looks at what it has and returns.
func (c chunk) compile(p *eval.Program, model string) []string {
	m, found, err := compiler.Inference(p, model, compiler.Options{Verify: true})
	if err != nil || found.HasErrors() {
		return []string{fmt.Sprintf("%s cannot be compiled: %v %v", model, err, found.Err())}
	}
	if _, errs := p.Train(model); !errs.HasErrors() {
		_, found, err := compiler.Training(p, model, compiler.Options{Verify: true})
		if err != nil || found.HasErrors() {
			return []string{fmt.Sprintf("%s cannot be compiled for training: %v %v", model, err, found.Err())}
		}
	}
	problems := c.facts(m.Model)
	for i, line := range strings.Split(c.text, "\n") {
		if returns := returned.FindStringSubmatch(line); returns != nil {
			got, err := evaluateModel(m.Graph)
			if err != nil {
				got = err.Error()
			}
			if got != returns[1] {
				problems = append(problems, fmt.Sprintf("line %d: the model returns %s, not %s", i+1, got, returns[1]))
			}
		}
	}
	return problems
}

var (
	returned = regexp.MustCompile(`^\s*return\b.*// -> (.*)$`)
	constant = regexp.MustCompile(`^(\w+)\s*=.*// -> (.*)$`)
	fact     = regexp.MustCompile(`^\s*// (parameters|states|stages|outputs|accepts): (.*)$`)
)

// constants compares the constants of a program with the values that the comments behind them say.
func (c chunk) constants(p *eval.Program) []string {
	var problems []string
	session := p.Session(eval.Options{})
	for i, line := range strings.Split(c.text, "\n") {
		m := constant.FindStringSubmatch(line)
		if m == nil {
			if strings.Contains(line, "// ->") && !returned.MatchString(line) {
				problems = append(problems, fmt.Sprintf("line %d: this line has no value", i+1))
			}
			continue
		}
		if v, ok := session.Lookup(m[1]); !ok || v.String() != m[2] {
			problems = append(problems, fmt.Sprintf("line %d: %s is %v, not %s", i+1, m[1], v, m[2]))
		}
	}
	return problems
}

// facts compares what a model has with what comments say of it.
func (c chunk) facts(m *eval.Model) []string {
	have := map[string][]string{}
	for _, p := range m.Parameters {
		have["parameters"] = append(have["parameters"], p.Name)
	}
	for _, s := range m.States {
		have["states"] = append(have["states"], s.Name)
	}
	for _, s := range m.Stages {
		have["stages"] = append(have["stages"], s.Name)
	}
	for _, o := range m.Outputs {
		have["outputs"] = append(have["outputs"], o.Name)
	}
	for _, s := range m.Accepts() {
		have["accepts"] = append(have["accepts"], s.Axis+": "+s.String())
	}
	var problems []string
	for what, want := range c.said() {
		if !slices.Equal(have[what], want) {
			problems = append(problems, fmt.Sprintf("the %s are %s, not %s", what, strings.Join(have[what], ", "), strings.Join(want, ", ")))
		}
	}
	return problems
}

// said collects the facts of a chunk's comments; several lines of one kind are read as one.
func (c chunk) said() map[string][]string {
	out := map[string][]string{}
	for _, line := range strings.Split(c.text, "\n") {
		if m := fact.FindStringSubmatch(line); m != nil {
			out[m[1]] = append(out[m[1]], strings.Split(strings.TrimSuffix(m[2], ","), ", ")...)
		}
	}
	return out
}
