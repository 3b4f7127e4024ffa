package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strings"
	"time"

	descriptor "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func parseRLS(u *url.URL) (Subject, error) {
	domain, query := strings.Trim(u.Path, "/"), u.Query()
	name := cmp.Or(query.Get("descriptor"), "key")
	query.Del("descriptor")
	if u.Port() == "" || domain == "" || u.User != nil || len(query) > 0 {
		return Subject{}, errors.New("want rls://host:port/domain, with ?descriptor=name unless it is key")
	}
	everything := func(string) bool { return true }
	return Subject{
		Protocol: "rls", Host: u.Host, Public: public(u, everything), Weighs: true,
		open: func(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit, p Promise) (algorithms.Limiter, error) {
			windows := p.Kind == algorithms.Window || p.Kind == algorithms.AlignedWindow
			return newRLS(u.Host, rls{domain: domain, name: name, window: l.W, windows: windows}, at, with)
		},
	}, nil
}

// rls asks envoy.service.ratelimit.v3.RateLimitService.
type rls struct {
	conn         *grpc.ClientConn
	client       service.RateLimitServiceClient
	domain, name string
	// window is what the user says, windows whether there are any.
	window  time.Duration
	windows bool
}

// newRLS opens what is described by r.
func newRLS(host string, r rls, at drivers.Endpoints, with drivers.Options) (*rls, error) {
	dial := at.Dialer((&net.Dialer{}).DialContext, max(with.DialTimeout, 0))
	conn, err := grpc.NewClient("passthrough:///"+host,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) { return dial(ctx, "tcp", addr) }),
		grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(), grpc.WithNoProxy())
	if err != nil {
		return nil, errors.New("the address is none that gRPC can dial")
	}
	r.conn, r.client = conn, service.NewRateLimitServiceClient(conn)
	return &r, nil
}

// Allow asks for one descriptor, the key, and hits_addend, the cost.
func (r *rls) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if err := asked(n, true); err != nil {
		return algorithms.Decision{}, err
	}
	if n > math.MaxUint32 {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, fmt.Errorf("hits_addend cannot hold a cost of %d", n))
	}
	entry := &descriptor.RateLimitDescriptor_Entry{Key: r.name, Value: key}
	answer, err := r.client.ShouldRateLimit(ctx, &service.RateLimitRequest{
		Domain: r.domain, HitsAddend: uint32(n),
		Descriptors: []*descriptor.RateLimitDescriptor{{Entries: []*descriptor.RateLimitDescriptor_Entry{entry}}},
	})
	if err != nil {
		return algorithms.Decision{}, r.explain(err)
	}
	return r.decision(answer)
}

// decision reads the answer. Until the end of the window is how long a denied request
// has to wait only where there are windows.
func (r *rls) decision(answer *service.RateLimitResponse) (algorithms.Decision, error) {
	code := answer.GetOverallCode()
	if code != service.RateLimitResponse_OK && code != service.RateLimitResponse_OVER_LIMIT {
		return algorithms.Decision{}, fmt.Errorf("it answered %s: want OK or OVER_LIMIT", code)
	}
	d := algorithms.Decision{Allowed: code == service.RateLimitResponse_OK, Remaining: algorithms.NotKnown, ResetAfter: algorithms.NotKnown}
	d.RetryAfter = unlessAllowed(d.Allowed)
	statuses := answer.GetStatuses()
	if len(statuses) != 1 || statuses[0].GetCurrentLimit() == nil {
		return d, nil
	}
	s := statuses[0]
	if unit := s.GetCurrentLimit().GetUnit(); units[unit] != 0 && units[unit] != r.window {
		return algorithms.Decision{}, fmt.Errorf("it says that it limits per %s, and --window says %s", unit, r.window)
	}
	d.Limit, d.Remaining = int64(s.GetCurrentLimit().GetRequestsPerUnit()), int64(s.GetLimitRemaining())
	if reset := s.GetDurationUntilReset(); reset.IsValid() && reset.AsDuration() >= 0 {
		d.ResetAfter = reset.AsDuration()
		if r.windows && !d.Allowed {
			d.RetryAfter = d.ResetAfter.Truncate(time.Microsecond) + time.Microsecond // never less than was said
		}
	}
	return d, nil
}

// units are those of a length that never varies.
var units = map[service.RateLimitResponse_RateLimit_Unit]time.Duration{
	service.RateLimitResponse_RateLimit_SECOND: time.Second,
	service.RateLimitResponse_RateLimit_MINUTE: time.Minute,
	service.RateLimitResponse_RateLimit_HOUR:   time.Hour,
	service.RateLimitResponse_RateLimit_DAY:    24 * time.Hour,
}

// explain says in a sentence what the codes of gRPC mean here. The service never saw
// a call that it does not know; any other may have been charged.
func (r *rls) explain(err error) error {
	switch s := status.Convert(err); s.Code() {
	case codes.Unimplemented:
		return drivers.WithClass(drivers.Failed, errors.New("it speaks gRPC, but is no envoy.service.ratelimit.v3.RateLimitService"))
	case codes.DeadlineExceeded:
		return context.DeadlineExceeded
	default:
		return fmt.Errorf("gRPC %s: %s", s.Code(), s.Message())
	}
}

// Close closes the connection.
func (r *rls) Close() error { return r.conn.Close() }
