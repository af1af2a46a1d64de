/* A client of JACK that plays numbers: how many of its own frames came before each one.
 *
 * In C, so that no number is missing because the player itself was late. Beside its own frames
 * it counts those of JACK's clock: the difference is what JACK let pass without giving anybody a
 * turn, which nobody could play or hear.
 *
 *     frame_counter PATTERN
 *
 * connects itself to the first two inputs whose names match, prints "connected" and plays until
 * SIGTERM; then it prints how many frames it has played and how many JACK let pass.
 *
 * JACK's functions are declared here, so that its library is enough to compile this. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct client client;
typedef struct port port;
typedef uint32_t frames;

client *jack_client_open(const char *name, int options, int *status, ...);
port *jack_port_register(client *, const char *name, const char *type, unsigned long flags,
                         unsigned long size);
void *jack_port_get_buffer(port *, frames);
const char *jack_port_name(const port *);
const char **jack_get_ports(client *, const char *names, const char *types, unsigned long flags);
frames jack_last_frame_time(const client *);
int jack_set_process_callback(client *, int (*)(frames, void *), void *);
int jack_activate(client *);
int jack_connect(client *, const char *from, const char *to);

#define AUDIO "32 bit float mono audio"
#define PERIOD (1u << BITS) /* BITS and FACTOR come from counting.py */
#define MIDDLE (PERIOD / 2)
#define FULL_SCALE 32768.0f
enum { INPUT = 1, OUTPUT = 2, NO_START_SERVER = 1, LOOKS = 200, LOOK_US = 100000 };

static client *jack;
static port *low, *high;
static atomic_bool heard;
static frames first, latest, length;
static uint64_t played;

static int process(frames count, void *unused) {
    (void)unused;
    float *lower = jack_port_get_buffer(low, count), *upper = jack_port_get_buffer(high, count);
    if (!atomic_load(&heard)) {
        for (frames i = 0; i < count; i++) lower[i] = upper[i] = 0.0f;
        return 0;
    }
    latest = jack_last_frame_time(jack);
    if (!played) first = latest;
    for (frames i = 0; i < count; i++) {
        uint64_t spread = (played + i) * FACTOR % ((uint64_t)PERIOD * PERIOD);
        lower[i] = ((float)(spread % PERIOD) - MIDDLE) / FULL_SCALE;
        upper[i] = ((float)(spread / PERIOD) - MIDDLE) / FULL_SCALE;
    }
    length = count;
    played += count;
    return 0;
}

static int fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    fflush(stderr);
    _exit(1); /* a client that JACK has let go of may hang as it closes */
}

int main(int count, char **arguments) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before JACK starts threads */
    if (count != 2) return fail("which inputs?");
    int status;
    if (!(jack = jack_client_open("frame counter", NO_START_SERVER, &status)))
        return fail("no JACK server");
    low = jack_port_register(jack, "low", AUDIO, OUTPUT, 0);
    high = jack_port_register(jack, "high", AUDIO, OUTPUT, 0);
    mlockall(MCL_CURRENT | MCL_FUTURE); /* where it is allowed */
    if (!low || !high || jack_set_process_callback(jack, process, NULL) || jack_activate(jack))
        return fail("JACK does not want this client");
    const char **inputs = NULL;
    for (int look = 0; look < LOOKS && !(inputs && inputs[0] && inputs[1]); look++) {
        if (look) usleep(LOOK_US);
        inputs = jack_get_ports(jack, arguments[1], AUDIO, INPUT);
    }
    if (!inputs || !inputs[0] || !inputs[1]) return fail("nobody listens");
    if (jack_connect(jack, jack_port_name(low), inputs[0]) ||
        jack_connect(jack, jack_port_name(high), inputs[1]))
        return fail("cannot be connected");
    puts("connected");
    fflush(stdout);
    atomic_store(&heard, 1);
    int which;
    sigwait(&ends, &which);
    atomic_store(&heard, 0);
    usleep(LOOK_US); /* the last turn is over */
    uint64_t passed = played ? (uint64_t)(frames)(latest - first) + length : 0;
    printf("%llu %lld\n", (unsigned long long)played, (long long)(passed - played));
    fflush(stdout);
    _exit(0);
}
