package workbench

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/lang/source"
)

// The settings that an artifact keeps beside its sources, plans and weights.
const (
	settingMain    = "main"    // the main file's name among the sources
	settingSet     = "set"     // parameters of the model that were set from outside
	settingOutputs = "outputs" // of the inference plan, in order
	settingData    = "data"    // train.Data
	settingRecipe  = "recipe"  // train.Recipe
	settingReport  = "report"  // report.Report without the memory
)

// The names of the plans.
const (
	inferencePlan = "inference"
	trainingPlan  = "training"
)

// Save writes the model as an artifact, atomically, with the variables of a workspace as its weights, or with those
// that it was loaded with where w is nil; it is an error where those are of other settings than the model's. The same
// model gives the same bytes wherever its sources stand.
func (m *Model) Save(path string, w *Workspace) error {
	if m.isSource(path) {
		return fmt.Errorf("write %s: it is a source of %s: choose another name", path, m.Name)
	}
	a, err := m.pack()
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if w != nil {
		return artifact.WriteWeights(path, a, artifact.Weights{Tensors: w.weights()})
	}
	if a.Weights = m.Weights(); a.Weights != nil {
		if _, err := m.needs().compare(m.Name, a.Weights, m.Path); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return artifact.Write(path, a)
}

// pack returns the model as an artifact without weights.
func (m *Model) pack() (*artifact.Artifact, error) {
	a := &artifact.Artifact{Manifest: artifact.Manifest{Model: m.Name}, Sources: m.sources.texts, Plans: map[string][]byte{}, Kernels: m.Kernels}
	for name, p := range m.namedPlans() {
		text, err := m.located(p).Encode()
		if err != nil {
			return nil, err
		}
		a.Plans[name] = text
	}
	for name, v := range map[string]any{
		settingMain: m.sources.main, settingSet: m.Set, settingOutputs: m.Outputs, settingData: m.Data, settingRecipe: m.Recipe, settingReport: m.report,
	} {
		if err := a.Manifest.Set(name, v); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// sources are the texts of a program.
type sources struct {
	folder string            // that holds them all, absolute and with a slash at its end; empty for those of an artifact
	main   string            // the main file's name
	texts  map[string]string // of the user's files, by slash-separated path relative to the folder
}

// gather returns the texts of files, the main one first.
func gather(files []*source.File) sources {
	var folder []string
	full := make([]string, len(files))
	for i, f := range files {
		full[i] = absolute(f.Name)
		elements := strings.Split(path.Dir(full[i]), "/")
		if i == 0 {
			folder = elements
		}
		n := 0
		for n < min(len(folder), len(elements)) && folder[n] == elements[n] {
			n++
		}
		folder = folder[:n]
	}
	s := sources{folder: strings.TrimSuffix(strings.Join(folder, "/"), "/") + "/", texts: map[string]string{}}
	for i, f := range files {
		s.texts[strings.TrimPrefix(full[i], s.folder)] = f.Text
	}
	s.main = strings.TrimPrefix(full[0], s.folder)
	return s
}

// read returns the text of a file of an artifact.
func (s sources) read(name string) (string, error) {
	text, ok := s.texts[filepath.ToSlash(name)]
	if !ok {
		return "", errors.New("the artifact does not hold it")
	}
	return text, nil
}

// absolute returns a path from the root, with slashes.
func absolute(name string) string {
	full, err := filepath.Abs(name)
	if err != nil { // there is no working directory: the name alone has to do
		full = filepath.Clean(name)
	}
	return filepath.ToSlash(full)
}

// located returns a plan whose places in the user's files go by the names that the artifact gives these files, so that
// the plan does not depend on where they stood.
func (m *Model) located(p *plan.Plan) *plan.Plan {
	if m.sources.folder == "" {
		return p
	}
	local := func(at []source.Position) []source.Position {
		out := slices.Clone(at)
		for i, x := range out {
			name := strings.TrimPrefix(absolute(x.File), m.sources.folder)
			if _, ok := m.sources.texts[name]; ok {
				out[i].File = name
			}
		}
		return out
	}
	out := *p
	out.Kernels = slices.Clone(p.Kernels)
	for i := range out.Kernels {
		out.Kernels[i].At = local(out.Kernels[i].At)
	}
	out.Graph = ir.Clone(p.Graph)
	for _, v := range out.Graph.Values {
		v.At = local(v.At)
	}
	return &out
}

// loadArtifact opens an artifact and decodes its plans. Where the options ask for another model than the stored one, it
// is compiled again from the artifact's sources.
func loadArtifact(path string, o Options) (*Model, error) {
	a, err := artifact.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := unpack(path, a, o)
	if err != nil {
		a.Close()
		return nil, err
	}
	return m, nil
}

func unpack(path string, a *artifact.Artifact, o Options) (*Model, error) {
	m := &Model{Path: path, Name: a.Manifest.Model, Kernels: a.Kernels, sources: sources{texts: a.Sources}, packed: a}
	for name, v := range map[string]any{
		settingMain: &m.sources.main, settingSet: &m.Set, settingOutputs: &m.Outputs, settingData: &m.Data, settingRecipe: &m.Recipe,
	} {
		if _, err := a.Manifest.Setting(name, v); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	if o.overrides() {
		return m.recompile(o)
	}
	var err error
	if m.report, err = decodeReport(a.Manifest.Settings[settingReport]); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if m.Inference, err = decodePlan(path, a, inferencePlan); err != nil {
		return nil, err
	}
	if o.Training && a.Plans[trainingPlan] != nil {
		if m.Training, err = decodePlan(path, a, trainingPlan); err != nil {
			return nil, err
		}
		if o.ScaleLoss && !compiler.ScalesLoss(m.Training) {
			return m.recompile(o)
		}
	}
	if err := m.agree(); err != nil {
		return nil, fmt.Errorf("open %s: %w; compile the model again", path, err)
	}
	return m, nil
}

// recompile compiles a model from the sources of the artifact that it was loaded from.
func (m *Model) recompile(o Options) (*Model, error) {
	p, err := loadProgram(m.sources.main, m.sources.read)
	if err != nil {
		return nil, err
	}
	if o.Model == "" {
		o.Model = m.Name
	}
	if o.Model == m.Name {
		o.Set = merged(m.Set, o.Set)
	}
	if o.Batch < 1 && m.Recipe != nil {
		o.Batch = m.Recipe.Batch
	}
	out, err := p.compile(o)
	if err != nil {
		return nil, err
	}
	out.Path, out.sources, out.packed = m.Path, m.sources, m.packed
	return out, nil
}

// decodePlan decodes a plan of an artifact.
func decodePlan(path string, a *artifact.Artifact, name string) (*plan.Plan, error) {
	text := a.Plans[name]
	if text == nil {
		return nil, fmt.Errorf("open %s: it has no %s plan: compile the model again", path, name)
	}
	p, err := plan.Decode(name, text)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w; compile the model again", path, err)
	}
	return p, nil
}
