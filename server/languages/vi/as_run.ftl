# Nhật ký phát sóng.
as-run-title = Nhật ký phát sóng

error-as-run-line = Máy chủ không hiểu một dòng nhật ký ({ $why })
    .advice = Hãy cập nhật máy chủ: trạm có thể đang dùng bản mới hơn. Trạm vẫn giữ nhật ký và sẽ gửi lại.
error-as-run-broken = Nhật ký gửi lên không liền mạch: { as-run-break }
    .advice = Các dòng trước đó vẫn được giữ. Trạm tự mở nhật ký mới; hãy xem máy có bị can thiệp không.
error-as-run-journal = Nhật ký này thuộc về trạm khác
    .advice = Hãy cài lại trạm bằng mã mới để bắt đầu một nhật ký mới.

as-run-day = Ngày
as-run-village = Thôn
as-run-all-villages = Tất cả
as-run-show = Xem
as-run-day-before = Hôm trước
as-run-day-after = Hôm sau
as-run-no-stations = Chưa có trạm nào trong địa bàn của bạn.
as-run-nothing = Không có lượt phát nào trong ngày này.
as-run-csv-head = Ngày,Giờ,Thôn,Trạm,Bản tin,Kết quả,Các lần phát,Thay mặt,Xác nhận
error-as-run-day = Không hiểu ngày “{ $day }”
    .advice = Hãy chọn ngày trong ô lịch.
    .api = Với API: 2026-11-23.

as-run-on-air = Đang phát
as-run-to-come = Chờ phát
as-run-unreported = Chưa có báo cáo từ trạm, có thể do mất điện hoặc mất mạng
as-run-aired = Đã phát
as-run-cut = Bị ngắt sau { $at } vì { $why }
as-run-cut-at-once = Bị ngắt khi vừa bắt đầu vì { $why }
as-run-missed = Lỡ vì { $why }
as-run-suppressed = Không phát vì { $why }
as-run-hindered = Sẽ không phát vì { $why }
as-run-attempt = Lần { $number }
as-run-attempt-open = đang phát
as-run-attempt-unreported = chưa có báo cáo kết thúc
as-run-attempt-whole = hết bài, { $length }
as-run-attempt-cut = dừng sau { $at } vì { $why }
as-run-attempt-cut-at-once = dừng khi vừa bắt đầu vì { $why }
as-run-level-right = máy đưa tiếng ra âm-li bình thường
as-run-level-low = máy đưa tiếng ra âm-li rất nhỏ: xem lại âm lượng ở trạm
as-run-level-none = máy không đưa tiếng ra âm-li: xem lại âm lượng, rồi card âm thanh
as-run-heard-yes = Có tiếng
as-run-heard-no = Không có tiếng: kiểm tra âm-li
as-run-heard-off = Không kiểm tra được loa: trạm chưa có micrô nghe lại
as-run-heard-no-input = Chưa kiểm tra: không nghe được từ micrô của trạm
as-run-heard-too-noisy = Chưa kiểm tra: chỗ micrô của trạm ồn quá
as-run-heard-too-short = Chưa kiểm tra: phát ngắn quá

as-run-why-power-lost = mất điện
as-run-why-operator = có người bấm DỪNG
as-run-stopped-at-pc = Bấm DỪNG tại máy của trạm
as-run-stopped-from-panel = { $by } bấm DỪNG từ bảng điều khiển
as-run-why-output-lost = mất đường ra loa
as-run-why-quiet-hours-began = đến giờ yên lặng
as-run-why-withdrawn = đã bị hủy hoặc thu hồi
as-run-why-emergency = có thông báo khẩn cấp chen vào
as-run-why-shut-down = máy được tắt
as-run-why-power-off = máy đang tắt
as-run-why-disk-unwritable = không ghi được ổ đĩa của trạm
as-run-why-clock-unknown = máy chưa biết chắc giờ
as-run-why-not-ready = bản ghi chưa tải xong
as-run-why-late-programme = lịch đến trạm quá muộn
as-run-why-output-failed = không mở được đường ra loa
as-run-why-overrun = bản tin trước kéo quá dài
as-run-why-not-answered = trưởng thôn chưa trả lời
as-run-why-quiet-hours = rơi vào giờ yên lặng
as-run-why-expired = bản tin hết hạn
as-run-why-newer = đã có lượt mới hơn
as-run-why-head = trưởng thôn không đồng ý

as-run-whole = Nhật ký liền mạch, đã ký
as-run-broken = Nhật ký bị đứt, phát hiện { $at }: { as-run-break }. Hãy xem máy có bị can thiệp không; cảnh báo hết khi cài lại trạm bằng mã mới.
as-run-altered = Nhật ký lưu ở đây không như trạm đã ghi, phát hiện { $at }: { as-run-break }. Hãy xem ai đã vào cơ sở dữ liệu và so với bản sao lưu; cảnh báo hết khi lần kiểm tra hằng đêm thấy nhật ký đúng trở lại.
as-run-break = { $why ->
    [unreadable] không đọc được dòng sau dòng { $line }
    [order] thiếu, thừa hoặc đảo dòng sau dòng { $line }
    [unlinked] dòng { $line } không nối với dòng trước nó
    [rewritten] dòng { $line } khác với lần gửi đầu tiên
    [end] chỗ trạm ký không phải là dòng cuối { $line }
    [key] khoá của nhật ký không phải khoá đã ghi khi cài trạm
    [missing] một nhật ký của trạm không còn
   *[signature] chữ ký không phải của trạm
}
as-run-in-quiet-hours = phát trong giờ yên lặng
as-run-emergency-ordered = Khẩn cấp, { $by } ra lệnh: { $why }
as-run-drill-ordered = DIỄN TẬP, { $by } ra lệnh: { $why }
as-run-emergency-ordered-at-pc = Khẩn cấp đặt sẵn, { $by } ra lệnh tại trạm: { $why }
as-run-drill-ordered-at-pc = DIỄN TẬP, đặt sẵn, { $by } ra lệnh tại trạm: { $why }
# Ai xác nhận giờ của trạm.
as-run-status-spoken = { $at }: trạm tự báo qua loa: “{ $said }”
as-run-clock-began = { $at }: trạm biết giờ { $by }, sai số tối đa { $within }
as-run-clock-moved = { $at }: giờ trạm được chỉnh { $by }, { $moved }, sai số tối đa { $within }
as-run-clock-forward = tiến { $span }
as-run-clock-back = lùi { $span }
as-run-clock-days = { $days } ngày { $rest }
as-run-clock-server = theo máy chủ
as-run-clock-ntp = theo giờ mạng (NTP)
as-run-clock-person = do người tại máy xác nhận
as-run-clock-hardware = theo đồng hồ của máy

outcomes-count = Tất cả { $all } lượt đã có kết quả, trong đó { $aired } lượt phát hết
outcomes-older = Các lượt cũ hơn
outcomes-newest = Các lượt mới nhất
outcomes-cut-off = Còn nhiều thôn khác cũng phát vào những lúc này. Xem từng ngày trong
