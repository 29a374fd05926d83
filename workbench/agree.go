package workbench

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/vnlang/vn/compiler/ir"
)

// agree checks that what an artifact says of its model is what its plans say, whoever wrote it: results are looked up
// by the names of the outputs, and files are called after them.
func (m *Model) agree() error {
	if m.Inference.Mode != ir.Inference || m.Training != nil && m.Training.Mode != ir.Training {
		return errors.New("its plans stand in each other's place")
	}
	if m.Inference.Name != m.Name || m.report.Model != m.Name || m.Training != nil && m.Training.Name != m.Name {
		return fmt.Errorf("its plans, its report and its manifest are not of the one model %q", m.Name)
	}
	var outputs []string
	for _, o := range m.Inference.Graph.Outputs {
		if strings.ContainsFunc(o.Name, notInName) {
			return fmt.Errorf("its output is called %q, which is no name", o.Name)
		}
		outputs = append(outputs, o.Name)
	}
	if len(outputs) == 0 {
		return errors.New("its inference plan has no output")
	}
	if !slices.Equal(slices.Sorted(slices.Values(outputs)), slices.Sorted(slices.Values(m.Outputs))) {
		return fmt.Errorf("its manifest has the outputs %q, its inference plan %q", m.Outputs, outputs)
	}
	return nil
}

// notInName reports whether names of the language do without a character.
func notInName(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
