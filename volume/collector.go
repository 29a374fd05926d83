package volume

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// maxInflation is the most that DEFLATE can compress: 258 bytes into 2 bits. A header that asks for more than this
// times the compressed bytes lies, and is refused before anything is allocated for it.
const maxInflation = 1032

// firstAllocation bounds, in voxels, what is allocated before the first voxel of compressed or text data has been
// seen; beyond it, memory grows with what is really there.
const firstAllocation = 1 << 22

// collector gathers the voxels of one image from its data, which may come in pieces.
type collector struct {
	Geometry
	kind         Type
	order        binary.ByteOrder
	slope, inter float64 // the volume's values are slope · stored + inter
	data         []float32
}

// reserve makes room for the image: for all of it where known says that the bytes have been counted, and otherwise for
// its beginning.
func (c *collector) reserve(known bool) {
	n := c.Voxels()
	if !known {
		n = min(n, firstAllocation)
	}
	c.data = make([]float32, 0, n)
}

// add appends one stored value. One that is finite but beyond float32 is an error.
func (c *collector) add(stored float64) error {
	value := float32(c.slope*stored + c.inter)
	if math.IsInf(float64(value), 0) && !math.IsInf(stored, 0) {
		return fmt.Errorf("voxel %s is %v, beyond the range of float32, in which voxels are kept: scale the image",
			c.formatIndex(len(c.data)), c.slope*stored+c.inter)
	}
	c.data = append(c.data, value)
	return nil
}

// read appends count binary voxels. Data that end before are an error that says after how many.
func (c *collector) read(r io.Reader, count int) error {
	size := c.kind.Bytes()
	raw := make([]byte, min(count, chunk)*size)
	var stored [chunk]float64
	for left := count; left > 0; {
		n := min(left, chunk)
		if got, err := io.ReadFull(r, raw[:n*size]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("the data end after %d of %d bytes: the file was cut off, copy it again", (count-left)*size+got, count*size)
		} else if err != nil {
			return err
		}
		decode(stored[:n], raw, c.kind, c.order)
		for _, value := range stored[:n] {
			if err := c.add(value); err != nil {
				return err
			}
		}
		left -= n
	}
	return nil
}

// volume returns the gathered image.
func (c *collector) volume() *Volume {
	v := &Volume{Geometry: c.Geometry, Type: c.kind, Data: c.data}
	if v.Type != Float64 && (c.slope != 1 || c.inter != 0) {
		v.Type = Float32
	}
	return v
}

// inflated is the decompressed bytes of a stream. Its errors say that the file is damaged.
type inflated struct{ z io.Reader }

func (i inflated) Read(p []byte) (int, error) {
	n, err := i.z.Read(p)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		err = damaged(err)
	}
	return n, err
}

// inflate decompresses a zlib or gzip stream.
func inflate(r *bufio.Reader) (io.Reader, error) {
	if !isGzip(r) {
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, damaged(err)
		}
		return inflated{z}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, damaged(err)
	}
	z.Multistream(false)
	return inflated{z}, nil
}

func isGzip(r *bufio.Reader) bool {
	magic, _ := r.Peek(2)
	return len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
}

// finish reports data that go on after the last voxel: in the decompressed stream, or in the file after it. Reading
// up to the end also checks the stream's checksum.
func finish(stream io.Reader, stored *bufio.Reader) error {
	switch n, err := io.ReadFull(stream, make([]byte, 1)); {
	case n > 0:
		return errors.New("the compressed data hold more bytes than the header's size needs: correct the header, or take the data that belong to it")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged(err)
	case !errors.Is(err, io.EOF):
		return err
	}
	if _, err := stored.ReadByte(); err == nil {
		return errors.New("there are bytes after the end of the compressed data: write the file again with the program that made it")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// damaged says what an error of the decompressor means.
func damaged(err error) error {
	return fmt.Errorf("the compressed data are damaged (%w): copy the file again", err)
}

// openRegular opens a file and returns its size. What is no regular file (a directory, a device that never ends) is an
// error.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}
