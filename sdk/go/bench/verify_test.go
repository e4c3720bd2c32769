// Package bench measures what verifying costs beyond the HMAC that it cannot do without.
package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"

	"malote.dev/receiver"
)

var body = bytes.Repeat([]byte("x"), 1024)

func BenchmarkBareHMAC(b *testing.B) {
	key := []byte("0123456789abcdef0123456789abcdef")
	signed := append([]byte("dlv_1.1776868200."), body...)
	b.SetBytes(int64(len(body)))
	for i := 0; i < b.N; i++ {
		mac := hmac.New(sha256.New, key)
		mac.Write(signed)
		if len(mac.Sum(nil)) != sha256.Size {
			b.Fatal("no digest")
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	v, err := receiver.NewVerifier("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		b.Fatal(err)
	}
	h := v.Sign("dlv_1", time.Now(), body)
	h.Set("User-Agent", "sender/1.0")
	h.Set("Accept-Encoding", "gzip")
	b.SetBytes(int64(len(body)))
	for i := 0; i < b.N; i++ {
		if _, err := v.Verify(h, body); err != nil {
			b.Fatal(err)
		}
	}
}
