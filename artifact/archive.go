package artifact

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Bounds on what is read into memory. A plan of a large network takes a few megabytes, and a small file can claim to
// hold a thousand times its size.
const (
	maxEntries  = 10_000
	maxManifest = 16 << 20
	maxText     = 256 << 20 // bytes of all sources and plans together
)

// parse reads an artifact of the given size in bytes. Memory is the same content, where the file is mapped, else nil;
// path is the file's name in errors about the weights.
func parse(r io.ReaderAt, memory []byte, size int64, path string) (*Artifact, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, explainZip(r, err)
	}
	if len(archive.File) > maxEntries {
		return nil, fmt.Errorf("the archive has %d entries, and at most %d are read: this is no artifact of vnc", len(archive.File), maxEntries)
	}
	files := make(map[string]*zip.File, len(archive.File))
	for _, file := range archive.File {
		if files[file.Name] != nil {
			return nil, fmt.Errorf("entry %s stands in the archive twice: compile the model again", file.Name)
		}
		files[file.Name] = file
	}
	a := &Artifact{Sources: map[string]string{}, Plans: map[string][]byte{}, Kernels: map[string][]byte{}}
	if err := a.readManifest(files); err != nil {
		return nil, err
	}
	if err := checkNames(a.Manifest.Entries, files); err != nil {
		return nil, err
	}
	budget := int64(maxText)
	for _, entry := range a.Manifest.Entries {
		file := files[entry.Name]
		if entry.Name == weightsName {
			if a.Weights, err = openWeights(r, memory, size, file, entry, path); err != nil {
				return nil, err
			}
			continue
		}
		if budget -= entry.Size; budget < 0 {
			return nil, fmt.Errorf("the sources and plans hold more than %d MiB: this is no artifact of vnc", maxText>>20)
		}
		content, err := readEntry(file, entry)
		if err != nil {
			return nil, err
		}
		if name, found := strings.CutPrefix(entry.Name, sourcePrefix); found {
			a.Sources[name] = string(content)
		} else if name, found := strings.CutPrefix(entry.Name, kernelPrefix); found {
			a.Kernels[name] = content
		} else {
			name, _ := strings.CutPrefix(entry.Name, planPrefix)
			a.Plans[strings.TrimSuffix(name, planSuffix)] = content
		}
	}
	return a, nil
}

// explainZip says what is wrong with a file that archive/zip cannot read.
func explainZip(r io.ReaderAt, err error) error {
	var start [4]byte
	readFullAt(r, start[:], 0)
	if !bytes.Equal(start[:], []byte("PK\x03\x04")) {
		return errors.New("it is not a .vnc file (no zip archive); make one with 'vnc compile MODEL.vn -o MODEL.vnc'")
	}
	return fmt.Errorf("the archive is truncated or damaged (%w): copy it again, or compile the model again", err)
}

func (a *Artifact) readManifest(files map[string]*zip.File) error {
	file := files[manifestName]
	if file == nil {
		return fmt.Errorf("the archive has no %s, so it is no artifact of vnc; make one with 'vnc compile'", manifestName)
	}
	text, err := readFile(file, maxManifest)
	if err != nil {
		return fmt.Errorf("entry %s: %w: compile the model again", manifestName, err)
	}
	// The format comes first: another version may have another manifest.
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return fmt.Errorf("entry %s: %w: compile the model again", manifestName, err)
	}
	if version.Format != Format {
		return fmt.Errorf("it has format version %d, and this vnc reads version %d: use the vnc that made it, or compile the model again", version.Format, Format)
	}
	if err := json.Unmarshal(text, &a.Manifest); err != nil {
		return fmt.Errorf("entry %s: %w: compile the model again", manifestName, err)
	}
	return nil
}

// checkNames checks that manifest and archive have the same entries, each in a place that this format knows.
func checkNames(entries []Entry, files map[string]*zip.File) error {
	listed := map[string]bool{manifestName: true}
	for _, entry := range entries {
		if listed[entry.Name] {
			return fmt.Errorf("entry %s stands in the manifest twice: compile the model again", entry.Name)
		}
		listed[entry.Name] = true
		if entry.Size < 0 {
			return fmt.Errorf("entry %s has size %d in the manifest: compile the model again", entry.Name, entry.Size)
		}
		if err := entry.checkParts(); err != nil {
			return err
		}
		if !knownEntry(entry.Name) {
			return fmt.Errorf("the manifest has an entry %q, which no artifact has: compile the model again", entry.Name)
		}
		if files[entry.Name] == nil {
			return fmt.Errorf("entry %s is missing: it was removed after the artifact was made; compile the model again", entry.Name)
		}
	}
	for name := range files {
		if !listed[name] {
			return fmt.Errorf("entry %s was added after the artifact was made: remove it, or compile the model again", name)
		}
	}
	return nil
}

func knownEntry(name string) bool {
	if source, found := strings.CutPrefix(name, sourcePrefix); found {
		return validName(source)
	}
	if plan, found := strings.CutPrefix(name, planPrefix); found {
		plan, found = strings.CutSuffix(plan, planSuffix)
		return found && plainName(plan)
	}
	if kernels, found := strings.CutPrefix(name, kernelPrefix); found {
		return plainName(kernels)
	}
	return name == weightsName
}

// validName reports whether a slash-separated path is relative and stays where it is.
func validName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, `\`)
}

// plainName reports whether a name is that of a file in the folder itself.
func plainName(name string) bool { return validName(name) && !strings.Contains(name, "/") }

// readEntry returns the content of an entry that is what the manifest says.
func readEntry(file *zip.File, entry Entry) ([]byte, error) {
	if file.UncompressedSize64 != uint64(entry.Size) {
		return nil, changed(entry)
	}
	content, err := readFile(file, entry.Size)
	if errors.Is(err, zip.ErrChecksum) {
		return nil, changed(entry)
	}
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w: copy the file again, or compile the model again", entry.Name, err)
	}
	if err := entry.verify(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	return content, nil
}

func changed(entry Entry) error {
	return fmt.Errorf("entry %s was changed after the artifact was made: restore it, or compile the model again", entry.Name)
}

// readFile returns the content of a file of the archive, which has at most limit bytes. Memory grows with what is
// really there, not with what the archive says.
func readFile(file *zip.File, limit int64) ([]byte, error) {
	if file.UncompressedSize64 > uint64(limit) {
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", file.UncompressedSize64, limit)
	}
	reader, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var content bytes.Buffer
	if _, err := io.Copy(&content, io.LimitReader(reader, limit+1)); err != nil {
		return nil, err
	}
	if int64(content.Len()) > limit {
		return nil, fmt.Errorf("it has more than the %d bytes that the archive says", limit)
	}
	return content.Bytes(), nil
}

// openWeights checks the weights against the manifest and opens them where they stand in the archive.
func openWeights(r io.ReaderAt, memory []byte, size int64, file *zip.File, entry Entry, path string) (*Tensors, error) {
	if file.Method != zip.Store || file.CompressedSize64 != file.UncompressedSize64 {
		return nil, fmt.Errorf("entry %s is compressed, and weights stand uncompressed: the archive was packed again; compile the model again", entry.Name)
	}
	if file.UncompressedSize64 != uint64(entry.Size) {
		return nil, changed(entry)
	}
	start, err := file.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w: copy the file again", entry.Name, err)
	}
	if start > size || entry.Size > size-start {
		return nil, fmt.Errorf("entry %s ends at byte %d, and the file has %d: it is truncated; copy it again", entry.Name, uint64(start)+uint64(entry.Size), size)
	}
	content := io.NewSectionReader(r, start, entry.Size)
	if err := entry.verify(content); err != nil {
		return nil, err
	}
	t, err := ParseTensors(content, entry.Size, path+": "+entry.Name)
	if err != nil {
		return nil, err
	}
	t.Finite = entry.Finite
	if memory != nil {
		t.memory = memory[start : start+entry.Size]
	}
	return t, nil
}
