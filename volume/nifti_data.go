package volume

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// niftiStream is an open NIfTI file, decompressed if it is gzip: its content says so, not its name.
type niftiStream struct {
	io.Reader
	file   *os.File
	size   int64         // bytes on disk
	stored *bufio.Reader // the file's own bytes
	gzip   bool
}

func openNIfTI(path string) (*niftiStream, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	s := &niftiStream{file: file, size: size, stored: bufio.NewReaderSize(file, 1<<16)}
	s.Reader = s.stored
	if s.gzip = isGzip(s.stored); s.gzip {
		if s.Reader, err = inflate(s.stored); err != nil {
			file.Close()
			return nil, err
		}
	}
	return s, nil
}

func openNIfTIHeader(path string) (*niftiHeader, *niftiStream, error) {
	s, err := openNIfTI(path)
	if err != nil {
		return nil, nil, err
	}
	h, err := parseNIfTIHeader(s)
	if err != nil {
		s.file.Close()
		return nil, nil, err
	}
	return h, s, nil
}

// readNIfTI reads a NIfTI image by the file of its header.
func readNIfTI(path string) (*Volume, error) {
	h, s, err := openNIfTIHeader(path)
	if err != nil {
		return nil, err
	}
	defer s.file.Close()
	if !h.pair {
		return h.read(s, h.size)
	}
	image, err := niftiPartner(path, ".hdr", ".img")
	if err != nil {
		return nil, err
	}
	data, err := openNIfTI(image)
	if err != nil {
		return nil, err
	}
	defer data.file.Close()
	v, err := h.read(data, 0)
	if err != nil {
		return nil, fmt.Errorf("data file %s: %w", image, err)
	}
	return v, nil
}

// niftiPartner returns the other file of a .hdr/.img pair, either of which may be compressed.
func niftiPartner(path, from, to string) (string, error) {
	stem := strings.TrimSuffix(path, ".gz")
	extension := filepath.Ext(stem)
	if strings.EqualFold(extension, from) || strings.EqualFold(extension, ".nii") {
		stem = strings.TrimSuffix(stem, extension)
		if extension == strings.ToUpper(from) {
			to = strings.ToUpper(to)
		}
	}
	for _, candidate := range []string{stem + to, stem + to + ".gz"} {
		if _, err := os.Stat(candidate); !errors.Is(err, fs.ErrNotExist) {
			return candidate, err
		}
	}
	return "", fmt.Errorf("the image is a pair of a %s and an %s file, and %s is not there: put it beside the other", from, to, stem+to)
}

// read reads the voxels from a stream of which consumed bytes have been read.
func (h *niftiHeader) read(s *niftiStream, consumed int64) (*Volume, error) {
	need := int64(h.Voxels()) * int64(h.kind.Bytes())
	asked := fmt.Sprintf("dim and datatype ask for %d voxels of %v, %d bytes from byte %d", h.Voxels(), h.kind, need, h.offset)
	if s.gzip && (h.offset/maxInflation > s.size || need/maxInflation > s.size) {
		return nil, fmt.Errorf("%s, and %d compressed bytes cannot decompress to them: copy the file again, or correct the header", asked, s.size)
	}
	if !s.gzip && s.size-h.offset != need {
		return nil, fmt.Errorf("%s, and the file has %d there: copy the file again, or correct the header", asked, max(s.size-h.offset, 0))
	}
	if _, err := io.CopyN(io.Discard, s, h.offset-consumed); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s, and the file ends before: copy it again", asked)
	} else if err != nil {
		return nil, err
	}
	c := collector{Geometry: h.Geometry, kind: h.kind, order: h.order, slope: h.slope, inter: h.inter}
	c.reserve(!s.gzip)
	if err := c.read(s, h.Voxels()); err != nil {
		return nil, err
	}
	if s.gzip {
		if err := finish(s, s.stored); err != nil {
			return nil, err
		}
	}
	return c.volume(), nil
}
