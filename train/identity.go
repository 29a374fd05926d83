package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// identity is everything that decides the bits of a run beside the content of the data files. A run is resumed with
// the same identity only. The number of iterations and the steps between checkpoints and validations are not part of
// it: a run may be prolonged.
type identity struct {
	Model      string            `json:"model"`
	Plan       string            `json:"plan"` // planDigest of the training plan
	Variables  map[string][]int  `json:"variable"`
	Batch      int               `json:"batch"`
	Seed       uint64            `json:"seed"`
	Validation float64           `json:"validation"`
	Data       Data              `json:"data"`
	Cases      map[string]string `json:"case"`             // training or validation, by name
	Device     string            `json:"device,omitempty"` // how it computes, where it is told to in another way than by itself
}

func newIdentity(c Config, shapes map[string][]int, training, validation []Case) (identity, error) {
	digest, err := planDigest(c.Training)
	if err != nil {
		return identity{}, err
	}
	id := identity{
		Model: c.Model, Plan: digest, Variables: shapes, Data: c.Data, Cases: map[string]string{},
		Batch: c.Recipe.Batch, Seed: c.Recipe.Seed, Validation: c.Recipe.Validation,
	}
	if d, ok := c.Device.(interface{ Manner() string }); ok {
		id.Device = d.Manner()
	}
	for _, one := range training {
		id.Cases[one.Name] = "training"
	}
	for _, one := range validation {
		id.Cases[one.Name] = "validation"
	}
	return id, nil
}

// planDigest returns a digest of what a plan computes. Source positions are left out, so that a comment may be added
// to a model that is being trained.
func planDigest(p *plan.Plan) (string, error) {
	bare := *p
	bare.Graph = nil
	bare.Kernels = slices.Clone(p.Kernels)
	for i := range bare.Kernels {
		bare.Kernels[i].At = nil
	}
	text, err := json.Marshal(bare)
	if err != nil {
		return "", fmt.Errorf("digest of plan %s: %w", p.Name, err)
	}
	hash := sha256.New()
	hash.Write(text)
	if p.Graph != nil {
		for line := range strings.Lines(p.Graph.String()) {
			line, _, _ = strings.Cut(line, " # ")
			hash.Write([]byte(strings.TrimSpace(line) + "\n"))
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

func (id identity) encode() (string, error) {
	text, err := json.Marshal(id)
	if err != nil {
		return "", fmt.Errorf("encode the identity of the run: %w", err)
	}
	return string(text), nil
}

// compare reports what differs from the encoded identity of a checkpoint.
func (id identity) compare(encoded string) error {
	text, err := id.encode()
	if err != nil {
		return err
	}
	was, is := map[string]string{}, map[string]string{}
	if err := flatten(encoded, was); err != nil {
		return &damagedError{fmt.Errorf("its metadata: identity: %w", err)}
	}
	if err := flatten(text, is); err != nil {
		return err
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	var differences []string
	// Another precision makes another plan, with other variables: what follows from it is not worth a word.
	another := was["device"] != is["device"]
	for _, key := range slices.Sorted(maps.Keys(all)) {
		switch {
		case was[key] == is[key], another && (key == "plan" || strings.HasPrefix(key, "variable.")):
		case key == "plan": // a digest says nothing to a person
			differences = append(differences, "the training plan (model, loss or optimizer, or the vnc that made it) is another")
		case key == "device":
			differences = append(differences, fmt.Sprintf("it ran with %s, and this is with %s", deviceFlags(was[key]), deviceFlags(is[key])))
		default:
			differences = append(differences, fmt.Sprintf("%s was %s and is %s", key, orAbsent(was[key]), orAbsent(is[key])))
		}
	}
	if len(differences) == 0 {
		return nil
	}
	return fmt.Errorf("the run was started with other settings: %s; restore them, or start a new run in another directory", enumerate(differences))
}

// deviceFlags returns the flags of vnc that make a device compute in a manner, which is written as in JSON.
func deviceFlags(manner string) string {
	switch manner {
	case "":
		return "--device cpu"
	case `"exact"`:
		return "--device cpu --exact"
	}
	return "--device cuda --precision " + strings.Trim(manner, `"`)
}

func orAbsent(value string) string {
	if value == "" {
		return "absent"
	}
	return value
}

// flatten fills out with the leaves of a JSON object by their dotted paths. Lists count as leaves.
func flatten(text string, out map[string]string) error {
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // a seed of 64 bits has more digits than a float64
	if err := decoder.Decode(&object); err != nil {
		return err
	}
	flattenValue("", object, out)
	return nil
}

func flattenValue(path string, value any, out map[string]string) {
	object, isObject := value.(map[string]any)
	if !isObject {
		text, _ := json.Marshal(value) // it was decoded from JSON
		out[path] = string(text)
		return
	}
	for key, entry := range object {
		if path != "" {
			key = path + "." + key
		}
		flattenValue(key, entry, out)
	}
}
