-- GETs of one address under the cookies of a file, drawn at random or in turn; the outcome as one line of JSON.
-- Arguments: the file, one Cookie header a line; `random` or `in-turn`.

local requests = {}
local isRandom = true
local last = 0

function init(args)
  math.randomseed(os.time())
  isRandom = args[2] == "random"
  -- Written out: wrk.format would put the fields in another order in each run, which no browser does, and V8 would compile anew for it.
  local head = table.concat({
    "GET " .. wrk.path .. " HTTP/1.1",
    "Host: " .. wrk.headers["Host"],
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept: application/json",
    "Accept-Language: en-GB,en;q=0.8",
    "Accept-Encoding: gzip, deflate, br",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    "Cookie: ",
  }, "\r\n")
  for cookie in io.lines(args[1]) do
    requests[#requests + 1] = head .. cookie .. "\r\n\r\n"
  end
end

function request()
  last = isRandom and math.random(#requests) or last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"broken":%d,"refused":%d,"late":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write, errors.status, errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
