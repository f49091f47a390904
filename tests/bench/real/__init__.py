"""Speed on real Zephyr and MCUboot servers, beside other clients and a limit.

`python -m tests.bench real [ROW ...] [--runs N] [--clients NAMES]`, with FLASHDESK_ZEPHYR_SERVERS
naming the servers' folder and FLASHDESK_PEER_PYTHON an interpreter that has smpclient.
"""
