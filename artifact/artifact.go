package artifact

import (
	"encoding/json"
	"fmt"
)

// Format is the version of the .vnc format that this package writes, and the only one that it reads.
const Format = 1

// Artifact is the content of a .vnc file.
type Artifact struct {
	Manifest Manifest
	Sources  map[string]string // by slash-separated path, such as "models/vnet.vn" or "stdlib/loss.vn"
	Plans    map[string][]byte // by name, such as "inference" and "training"
	Kernels  map[string][]byte // for other devices than the processor, by name, such as "inference.bf16.sm_80.cu"
	Weights  *Tensors          // nil until the network is initialised or trained

	file *mapping // that Weights reads; nil for an artifact that did not come from one
}

// Manifest says what an artifact holds.
type Manifest struct {
	Format   int                        `json:"format"`
	Model    string                     `json:"model"`
	Settings map[string]json.RawMessage `json:"settings,omitempty"` // of the data and train blocks, and whatever else a command keeps
	Entries  []Entry                    `json:"entries"`            // filled by Write, sorted by name
}

// Entry is one file of the archive.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes, uncompressed
	SHA256 string `json:"sha256"`
	// Parts are the SHA-256 of each 4 MiB, the last of what remains; absent where the entry has no more than that. Where
	// they are there, they are what is checked.
	Parts []string `json:"parts,omitempty"`
	// Finite says that the values of the weights are finite numbers, as they were when they were written. It is believed:
	// who forges it, and the digests, only fools himself.
	Finite bool `json:"finite,omitempty"`
}

// Setting decodes the setting of that name into v. It reports whether there is one.
func (m Manifest) Setting(name string, v any) (bool, error) {
	text, found := m.Settings[name]
	if !found {
		return false, nil
	}
	if err := json.Unmarshal(text, v); err != nil {
		return true, fmt.Errorf("setting %q of the artifact: %w; compile the model again", name, err)
	}
	return true, nil
}

// Set encodes v as the setting of that name.
func (m *Manifest) Set(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("setting %q of the artifact: %w", name, err)
	}
	if m.Settings == nil {
		m.Settings = map[string]json.RawMessage{}
	}
	m.Settings[name] = text
	return nil
}

// The names of the entries.
const (
	manifestName = "manifest.json"
	weightsName  = "weights.safetensors"
	sourcePrefix = "sources/"
	kernelPrefix = "kernels/"
	planPrefix   = "plans/"
	planSuffix   = ".json"
)

// Open reads the .vnc file at path and checks every entry against the manifest: sources and plans are read into
// memory, the weights are left in the file, which stays open, and mapped where the system can, until Close. The error
// says what is wrong with the file, or which entry was changed, and what to do.
func Open(path string) (*Artifact, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("open an artifact: %w: check the name", err)
	}
	mapped := newMapping(file, size)
	a, err := parse(mapped, mapped.memory, size, path)
	if err != nil {
		mapped.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	a.file = mapped
	return a, nil
}

// Unchanged reports an error when the artifact's file was written since it was opened, so that values that were mapped
// may have changed under their user.
func (a *Artifact) Unchanged() error {
	if a.file == nil {
		return nil
	}
	return a.file.unchanged()
}

// Close closes the file that the weights are read from, and takes back what Tensors.Mapped gave of it. The artifact's
// other content stays.
func (a *Artifact) Close() error {
	if a.file == nil {
		return nil
	}
	file := a.file
	a.file, a.Weights = nil, nil
	return file.Close()
}

// Write writes the artifact to path, atomically; the manifest's Format and Entries are filled in. The same content
// gives the same bytes.
func Write(path string, a *Artifact) error {
	var weights *Weights
	if a.Weights != nil {
		weights = &Weights{a.Weights.Tensors(), a.Weights.Metadata}
	}
	return write(path, a, weights)
}

// Weights are tensors to be written into an artifact.
type Weights struct {
	Tensors  []Tensor
	Metadata map[string]string
}

// WriteWeights writes the artifact to path with other weights than its own. The path may be that of the file which
// the artifact was opened from: it is replaced in one step, and a failure leaves it as it was.
func WriteWeights(path string, a *Artifact, w Weights) error { return write(path, a, &w) }

// check reports names that cannot stand in an archive.
func (a *Artifact) check() error {
	for name := range a.Sources {
		if !validName(name) {
			return fmt.Errorf("a source cannot have the name %q: give it a relative path without '..'", name)
		}
	}
	for name := range a.Plans {
		if !plainName(name) {
			return fmt.Errorf("a plan cannot have the name %q", name)
		}
	}
	for name := range a.Kernels {
		if !plainName(name) {
			return fmt.Errorf("kernels cannot have the name %q", name)
		}
	}
	return nil
}

// encodeManifest returns the manifest as indented JSON that ends with a newline.
func encodeManifest(m Manifest) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the manifest: %w", err)
	}
	return append(text, '\n'), nil
}
