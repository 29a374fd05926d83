package workbench

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vnlang/vn/artifact"
)

// An artifact whose parts contradict each other is refused when it is opened, even where every part is sound by itself.
func TestArtifactAgreesWithItself(t *testing.T) {
	rename := func(a *artifact.Artifact, output string) {
		for name, text := range a.Plans {
			quoted, _ := json.Marshal("output " + output + " =")
			text = bytes.ReplaceAll(text, []byte("output output ="), quoted[1:len(quoted)-1])
			quoted, _ = json.Marshal(strings.Trim(output, `"`))
			a.Plans[name] = bytes.ReplaceAll(text, []byte(`"Name": "output",`), []byte(`"Name": `+string(quoted)+`,`))
		}
		if err := a.Manifest.Set(settingOutputs, []string{strings.Trim(output, `"`)}); err != nil {
			t.Fatal(err)
		}
	}
	set := func(a *artifact.Artifact, name string, v any) {
		if err := a.Manifest.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(a *artifact.Artifact)
		want   string
	}{
		{"nothing", func(a *artifact.Artifact) {}, ""},
		{"an output renamed everywhere", func(a *artifact.Artifact) { rename(a, "mask") }, ""},
		{"no outputs", func(a *artifact.Artifact) { set(a, settingOutputs, []string{}) }, `has the outputs []`},
		{"another output", func(a *artifact.Artifact) { set(a, settingOutputs, []string{"mask"}) }, `has the outputs ["mask"], its inference plan ["output"]`},
		{"one output twice", func(a *artifact.Artifact) { set(a, settingOutputs, []string{"output", "output"}) }, `has the outputs`},
		{"an output that is a path", func(a *artifact.Artifact) { rename(a, `"x/../../up"`) }, `"x/../../up", which is no name`},
		{"another name", func(a *artifact.Artifact) { a.Manifest.Model = "Other" }, `not of the one model "Other"`},
		{"no report", func(a *artifact.Artifact) { set(a, settingReport, nil) }, `not of the one model "Net"`},
		{"plans swapped", func(a *artifact.Artifact) {
			a.Plans[inferencePlan], a.Plans[trainingPlan] = a.Plans[trainingPlan], a.Plans[inferencePlan]
		}, "in each other's place"},
		{"the training plan twice", func(a *artifact.Artifact) { a.Plans[inferencePlan] = a.Plans[trainingPlan] }, "in each other's place"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := load(t, write(t, "net.vn", small), Options{Training: true}).pack()
			if err != nil {
				t.Fatal(err)
			}
			c.change(a)
			path := filepath.Join(t.TempDir(), "net.vnc")
			if err := artifact.Write(path, a); err != nil {
				t.Fatal(err)
			}
			m, err := Load(path, Options{Training: true})
			if err == nil {
				m.Close()
			}
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}
