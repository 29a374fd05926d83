package workbench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/train"
)

// listed is how many names of a kind a message lists.
const listed = 5

// needs are the variables of a model's plans.
type needs struct {
	shapes   map[string][]int // of all variables
	required map[string]bool  // what weights must hold: the variables of the inference, and all parameters
}

// needs returns the variables of the model's plans.
func (m *Model) needs() needs {
	n := needs{train.Shapes(m.plans()...), map[string]bool{}}
	for name := range train.Shapes(m.Inference) {
		n.required[name] = true
	}
	for _, p := range m.plans() {
		for _, value := range p.Graph.Values {
			if o, ok := value.Op.(op.Parameter); ok {
				n.required[o.Name] = true
			}
		}
	}
	return n
}

// compare checks the names and shapes of tensors against the variables of the model of that name, before any is loaded.
// It returns the names of tensors that the model does not know.
func (n needs) compare(model string, t *artifact.Tensors, from string) (unused []string, err error) {
	there := map[string]bool{}
	var wrong []string
	for _, info := range t.Infos() {
		there[info.Name] = true
		shape, known := n.shapes[info.Name]
		switch {
		case !known && n.optimizerState(info.Name): // of a checkpoint
		case !known:
			unused = append(unused, info.Name)
		case !slices.Equal(shape, info.Shape):
			wrong = append(wrong, fmt.Sprintf("%s is %v there and %v in the model", info.Name, info.Shape, shape))
		}
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(n.required)) {
		if !there[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 && len(wrong) == 0 {
		return unused, nil
	}
	return nil, fmt.Errorf("load weights from %s: they are not those of %s%s", from, model, differences(missing, wrong, unused))
}

// optimizerState reports whether a name is that of a state which an optimizer keeps for a parameter: that of the
// parameter, and the state's behind it.
func (n needs) optimizerState(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i > 0 && n.required[name[:i]]
}

// differences says what is wrong with a set of tensors, and what may be done.
func differences(missing, wrong, unused []string) string {
	var lines []string
	if len(missing) > 0 {
		named := make([]string, len(missing))
		for i, name := range missing {
			named[i] = name
			if near, ok := spell.Nearest(name, unused); ok && i < listed {
				named[i] += fmt.Sprintf(" (is it %s?)", near)
			}
		}
		lines = append(lines, fmt.Sprintf("%d missing: %s", len(missing), few(named, ", ")))
	}
	if len(wrong) > 0 {
		lines = append(lines, fmt.Sprintf("%d of another shape: %s", len(wrong), few(wrong, "; ")))
	}
	if len(unused) > 0 {
		lines = append(lines, fmt.Sprintf("%d that the model does not know: %s", len(unused), few(unused, ", ")))
	}
	help := "take the weights of this model"
	if len(wrong) > 0 && len(missing) == 0 {
		help = "give the model the settings that they were trained with, such as --set width=16"
	}
	return "\n  " + strings.Join(lines, "\n  ") + "\nhelp: " + help + "; vnc weights lists what a file holds and what a model needs"
}

// few joins the first of a list of names, and says how many more there are.
func few(names []string, separator string) string {
	if len(names) <= listed {
		return strings.Join(names, separator)
	}
	return strings.Join(names[:listed], separator) + fmt.Sprintf(" and %d more", len(names)-listed)
}

// UnusedText says which tensors a model had no use for.
func UnusedText(names []string) string {
	return fmt.Sprintf("%d tensors are of no use to the model: %s", len(names), few(names, ", "))
}
