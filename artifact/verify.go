package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// partSize is how many bytes of an entry make a part that has a hash of its own. One hash goes through its input from
// the start to the end; the parts of large weights are hashed on all cores.
const partSize = 4 << 20

// verifyChunk is how many bytes are read and hashed at a time, so that they are still in the cache when they are hashed.
const verifyChunk = 256 << 10

// parts returns how many parts an entry of the given size has: none where the hash of the whole does as well.
func parts(size int64) int {
	if size <= partSize {
		return 0
	}
	return int((size-1)/partSize) + 1
}

// checkParts reports a list of parts that does not fit the entry. Artifacts from before there were parts have none.
func (e Entry) checkParts() error {
	if n := parts(e.Size); len(e.Parts) > 0 && len(e.Parts) != n {
		return fmt.Errorf("entry %s has hashes of %d parts in the manifest, and its size makes %d: compile the model again", e.Name, len(e.Parts), n)
	}
	return nil
}

// verify reads the whole entry once and compares it with the hashes of its parts, or of the whole where it has none.
func (e Entry) verify(content io.ReaderAt) error {
	hashes, size := e.Parts, int64(partSize)
	if len(hashes) == 0 {
		hashes, size = []string{e.SHA256}, e.Size
	}
	var next, failed atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, min(len(hashes), runtime.GOMAXPROCS(0)))
	for worker := range errs {
		group.Go(func() {
			buffer, hash := make([]byte, min(verifyChunk, size+1)), sha256.New()
			for i := next.Add(1) - 1; i < int64(len(hashes)) && failed.Load() == 0; i = next.Add(1) - 1 {
				at := i * size
				if errs[worker] = e.verifyPart(content, at, min(size, e.Size-at), hashes[i], hash, buffer); errs[worker] != nil {
					failed.Store(1)
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyPart compares n bytes from the place at with their hash.
func (e Entry) verifyPart(content io.ReaderAt, at, n int64, want string, hash hash.Hash, buffer []byte) error {
	hash.Reset()
	read, err := io.CopyBuffer(hash, io.NewSectionReader(content, at, n), buffer)
	if err != nil {
		return fmt.Errorf("entry %s: %w: copy the file again", e.Name, err)
	}
	if read != n || hex.EncodeToString(hash.Sum(nil)) != want {
		return changed(e)
	}
	return nil
}

// hashing passes bytes on, and keeps what the manifest says of them.
type hashing struct {
	w     io.Writer
	whole hash.Hash
	part  hash.Hash
	parts []string
	n     int64
}

func newHashing(w io.Writer) *hashing {
	return &hashing{w: w, whole: sha256.New(), part: sha256.New()}
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.whole.Write(p[:n])
	for p = p[:n]; len(p) > 0; {
		k := min(len(p), int(partSize-h.n%partSize))
		h.part.Write(p[:k])
		h.n += int64(k)
		p = p[k:]
		if h.n%partSize == 0 {
			h.endPart()
		}
	}
	return n, err
}

func (h *hashing) endPart() {
	h.parts = append(h.parts, hex.EncodeToString(h.part.Sum(nil)))
	h.part.Reset()
}

// entry returns what the manifest says of all that was written.
func (h *hashing) entry(name string) Entry {
	e := Entry{Name: name, Size: h.n, SHA256: hex.EncodeToString(h.whole.Sum(nil))}
	if parts(h.n) > 0 {
		if h.n%partSize != 0 {
			h.endPart()
		}
		e.Parts = h.parts
	}
	return e
}
