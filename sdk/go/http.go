package receiver

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

// ServeHTTP reads at most max_body bytes and answers the request. Mount it before anything that
// reads the body. Its server should set ReadHeaderTimeout, ReadTimeout and a WriteTimeout above the
// budget.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	response := h.serve(w, r)
	to := w.Header()
	for name, values := range response.Header {
		to[name] = values
	}
	to.Set("Content-Length", strconv.Itoa(len(response.Body)))
	w.WriteHeader(response.Status)
	_, _ = w.Write(response.Body)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (response Response) {
	ctx := r.Context()
	defer h.lastResort(ctx, &response)
	request := &Request{Method: r.Method, Header: r.Header}
	if h.gone.Load() {
		return respond(http.StatusGone, `{"error":"gone"}`)
	}
	if refused := h.admit(request, r.ContentLength); refused != nil {
		return h.refuse(ctx, request, refused)
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	var err error
	request.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, h.settings.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return h.refuse(ctx, request, h.admitLength(h.settings.maxBody+1))
	case errors.Is(err, http.ErrBodyReadAfterClose),
		err == nil && int64(len(request.Body)) < r.ContentLength:
		return h.refuse(ctx, request, refusal(ErrBodyConsumed, "",
			"something read the body before: mount the receiver ahead of middleware that parses it"))
	case err != nil: // the sender broke off or was too slow, and may come again
		h.report(ctx, err, nil)
		return tryAgain(0)
	}
	return h.receive(ctx, request)
}
